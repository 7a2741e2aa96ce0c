/** Every index of the plan, by collection, written out by hand in the words of listIndexes. */
export const plannedIndexes: Record<string, Record<string, object>> = {
  users: {
    email_1: { key: { email: 1 }, unique: true },
    microsoftId_1: { key: { microsoftId: 1 }, unique: true, sparse: true },
    logId_1: { key: { logId: 1 }, sparse: true },
    role_1_isActive_1: { key: { role: 1, isActive: 1 } },
    deletionStartedAt_1: { key: { deletionStartedAt: 1 }, sparse: true },
  },
  mailboxes: {
    userId_1_email_1: { key: { userId: 1, email: 1 }, unique: true },
    userId_1_tenantId_1_objectId_1: {
      key: { userId: 1, tenantId: 1, objectId: 1 },
      unique: true,
      partialFilterExpression: { objectId: { $exists: true } },
    },
    userId_1: { key: { userId: 1 } },
    isConnected_1__id_1: { key: { isConnected: 1, _id: 1 } },
    isConnected_1_nextSyncAt_1: { key: { isConnected: 1, nextSyncAt: 1 } },
  },
  emailevents: {
    'userId_1_sender.domain_1_timestamp_-1': { key: { userId: 1, 'sender.domain': 1, timestamp: -1 } },
    'userId_1_eventType_1_timestamp_-1': { key: { userId: 1, eventType: 1, timestamp: -1 } },
    'userId_1_history.timestamp_-1': {
      key: { userId: 1, 'history.timestamp': -1 },
      partialFilterExpression: { history: { $exists: true } },
    },
    'userId_1_timestamp_-1__id_-1': { key: { userId: 1, timestamp: -1, _id: -1 } },
    userId_1_mailboxId_1_messageId_1_eventType_1: {
      key: { userId: 1, mailboxId: 1, messageId: 1, eventType: 1 },
      unique: true,
    },
    timestamp_1: { key: { timestamp: 1 }, expireAfterSeconds: 7_776_000 },
  },
  patterns: {
    userId_1_mailboxId_1_key_1: { key: { userId: 1, mailboxId: 1, key: 1 }, unique: true },
    userId_1_mailboxId_1_status_1: { key: { userId: 1, mailboxId: 1, status: 1 } },
    'userId_1_patternType_1_condition.senderDomain_1': {
      key: { userId: 1, patternType: 1, 'condition.senderDomain': 1 },
    },
    rejectionCooldownUntil_1: { key: { rejectionCooldownUntil: 1 }, sparse: true },
  },
  rules: {
    userId_1_mailboxId_1_isEnabled_1_priority_1: { key: { userId: 1, mailboxId: 1, isEnabled: 1, priority: 1 } },
    scope_1_isEnabled_1_priority_1: { key: { scope: 1, isEnabled: 1, priority: 1 } },
    'mailboxId_1_trigger.kind_1': {
      key: { mailboxId: 1, 'trigger.kind': 1 },
      partialFilterExpression: { 'trigger.kind': { $exists: true } },
    },
    sourcePatternId_1: { key: { sourcePatternId: 1 }, unique: true, sparse: true },
    graphRuleId_1: { key: { graphRuleId: 1 }, sparse: true },
  },
  stagedemails: {
    userId_1_status_1_expiresAt_1: { key: { userId: 1, status: 1, expiresAt: 1 } },
    mailboxId_1_status_1_expiresAt_1: { key: { mailboxId: 1, status: 1, expiresAt: 1 } },
    ruleId_1_status_1: { key: { ruleId: 1, status: 1 } },
    mailboxId_1_messageId_1: {
      key: { mailboxId: 1, messageId: 1 },
      unique: true,
      partialFilterExpression: { status: { $in: ['staged', 'executing', 'rescuing'] } },
    },
    expiresAt_1: {
      key: { expiresAt: 1 },
      expireAfterSeconds: 0,
      partialFilterExpression: { status: { $in: ['executed', 'rescued', 'expired'] } },
    },
  },
  auditlogs: {
    'userId_1_action_1_createdAt_-1': { key: { userId: 1, action: 1, createdAt: -1 } },
    'userId_1_mailboxId_1_createdAt_-1': { key: { userId: 1, mailboxId: 1, createdAt: -1 } },
    'userId_1_createdAt_-1__id_-1': { key: { userId: 1, createdAt: -1, _id: -1 } },
    'userId_1_details.ruleId_1_createdAt_-1__id_-1': {
      key: { userId: 1, 'details.ruleId': 1, createdAt: -1, _id: -1 },
      partialFilterExpression: { 'details.ruleId': { $exists: true } },
    },
    mailboxId_1_openSince_1: {
      key: { mailboxId: 1, openSince: 1 },
      partialFilterExpression: { openSince: { $exists: true } },
    },
    openSince_1: { key: { openSince: 1 }, partialFilterExpression: { openSince: { $exists: true } } },
    targetType_1_targetId_1: { key: { targetType: 1, targetId: 1 } },
  },
  notifications: {
    'userId_1_isRead_1_createdAt_-1': { key: { userId: 1, isRead: 1, createdAt: -1 } },
    'userId_1_createdAt_-1__id_-1': { key: { userId: 1, createdAt: -1, _id: -1 } },
    createdAt_1: { key: { createdAt: 1 }, expireAfterSeconds: 2_592_000 },
  },
  webhooksubscriptions: {
    subscriptionId_1: { key: { subscriptionId: 1 }, unique: true },
    userId_1_mailboxId_1: { key: { userId: 1, mailboxId: 1 } },
    expiresAt_1_status_1: { key: { expiresAt: 1, status: 1 } },
  },
  monthlycounts: {
    userId_1_mailboxId_1_domain_1_month_1: { key: { userId: 1, mailboxId: 1, domain: 1, month: 1 } },
    userId_1_mailboxId_1_month_1: { key: { userId: 1, mailboxId: 1, month: 1 } },
    expiresAt_1: { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  },
  messagestates: {
    mailboxId_1_messageId_1: { key: { mailboxId: 1, messageId: 1 }, unique: true },
    mailboxId_1_folderId_1_observedAt_1: { key: { mailboxId: 1, folderId: 1, observedAt: 1 } },
    mailboxId_1_version_1: {
      key: { mailboxId: 1, version: 1 },
      partialFilterExpression: { pending: { $exists: true } },
    },
    mailboxId_1_automation_1: {
      key: { mailboxId: 1, automation: 1 },
      partialFilterExpression: { automation: 'pending' },
    },
    goneAt_1: { key: { goneAt: 1 }, expireAfterSeconds: 7_776_000 },
    mailboxId_1_automationOnRead_1: {
      key: { mailboxId: 1, automationOnRead: 1 },
      partialFilterExpression: { automationOnRead: 'pending' },
    },
    mailboxId_1_folderId_1_receivedAt_1: { key: { mailboxId: 1, folderId: 1, receivedAt: 1 } },
    mailboxId_1_identityHash_1: { key: { mailboxId: 1, identityHash: 1 } },
    mailboxId_1_formerIds_1: {
      key: { mailboxId: 1, formerIds: 1 },
      partialFilterExpression: { formerIds: { $exists: true } },
    },
  },
  sessions: {
    idHash_1: { key: { idHash: 1 }, unique: true },
    userId_1: { key: { userId: 1 } },
    expiresAt_1: { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  },
  heartbeats: {
    key_1: { key: { key: 1 }, unique: true },
  },
  orglogs: {
    'createdAt_-1__id_-1': { key: { createdAt: -1, _id: -1 } },
    'kind_1_createdAt_-1__id_-1': { key: { kind: 1, createdAt: -1, _id: -1 } },
    'actor_1_createdAt_-1__id_-1': { key: { actor: 1, createdAt: -1, _id: -1 } },
    'target_1_createdAt_-1__id_-1': { key: { target: 1, createdAt: -1, _id: -1 } },
    createdAt_1: { key: { createdAt: 1 }, expireAfterSeconds: 31_536_000 },
  },
  orgsettings: {
    key_1: { key: { key: 1 }, unique: true },
  },
  ruleruns: {
    userId_1_ruleId_1: { key: { userId: 1, ruleId: 1 } },
    mailboxId_1_status_1: { key: { mailboxId: 1, status: 1 } },
    createdAt_1: { key: { createdAt: 1 }, expireAfterSeconds: 2_592_000 },
  },
  loginstates: {
    stateHash_1: { key: { stateHash: 1 }, unique: true },
    expiresAt_1: { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  },
};
