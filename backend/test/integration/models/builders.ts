import type { Document } from 'mongoose';
import { buildAuditLog } from '../../factories/audit-log.ts';
import { buildEmailEvent } from '../../factories/email-event.ts';
import { buildLoginState } from '../../factories/login-state.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { buildMessageState } from '../../factories/message-state.ts';
import { buildNotification } from '../../factories/notification.ts';
import { buildHeartbeat } from '../../factories/heartbeat.ts';
import { buildOrgLog } from '../../factories/org-log.ts';
import { buildOrgSettings } from '../../factories/org-settings.ts';
import { buildPattern } from '../../factories/pattern.ts';
import { buildRule } from '../../factories/rule.ts';
import { buildRuleRun } from '../../factories/rule-run.ts';
import { buildSession } from '../../factories/session.ts';
import { buildStagedEmail } from '../../factories/staged-email.ts';
import { buildUser } from '../../factories/user.ts';
import { buildWebhookSubscription } from '../../factories/webhook-subscription.ts';

/** Every factory under the name of its model; `fields` may be wrong ones. */
export const builders: Record<string, (fields: object) => Promise<Document>> = {
  User: buildUser,
  Mailbox: buildMailbox,
  EmailEvent: buildEmailEvent,
  Pattern: buildPattern,
  Rule: buildRule,
  StagedEmail: buildStagedEmail,
  AuditLog: buildAuditLog,
  Notification: buildNotification,
  WebhookSubscription: buildWebhookSubscription,
  MessageState: buildMessageState,
  Session: buildSession,
  LoginState: buildLoginState,
  Heartbeat: buildHeartbeat,
  OrgLog: buildOrgLog,
  OrgSettings: buildOrgSettings,
  RuleRun: buildRuleRun,
};
