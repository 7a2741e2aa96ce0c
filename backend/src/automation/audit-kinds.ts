import type { IAuditLog } from '../models/index.ts';

/** All that can be done. */
export const auditActions = [
  'rule_created',
  'rule_updated',
  'rule_deleted',
  'rule_executed',
  'email_staged',
  'email_rescued',
  'email_executed',
  'rule_suspended',
  'rule_run',
  'rules_reordered',
  'pattern_detected',
  'pattern_suggested',
  'pattern_approved',
  'pattern_rejected',
  'pattern_withdrawn',
  'pattern_customized',
  'pattern_expired',
  'automation_paused',
  'automation_resumed',
  'undo_action',
  'whitelist_updated',
  'user_invited',
  'user_role_changed',
  'user_deactivated',
  'user_reactivated',
  'account_deleted',
  'mailbox_connected',
  'mailbox_disconnected',
  'mailbox_purged',
] as const satisfies readonly IAuditLog['action'][];

/** All that an entry can be about. */
export const auditTargetTypes = [
  'email',
  'rule',
  'pattern',
  'settings',
  'user',
  'mailbox',
] as const satisfies readonly IAuditLog['targetType'][];
