import { AuditLog } from './AuditLog.ts';
import { EmailEvent } from './EmailEvent.ts';
import { Heartbeat } from './Heartbeat.ts';
import type { IndexedModel } from './indexes/index-diff.ts';
import { LoginState } from './LoginState.ts';
import { Mailbox } from './Mailbox.ts';
export type { IBlindWindow, IReadFault, ReadFaultReason } from './fields/watching.ts';
import { MessageState } from './MessageState.ts';
import { MonthlyCount } from './MonthlyCount.ts';
import { Notification } from './Notification.ts';
import { OrgLog } from './OrgLog.ts';
import { OrgSettings } from './OrgSettings.ts';
import { Pattern } from './Pattern.ts';
import { Rule } from './Rule.ts';
import { RuleRun } from './RuleRun.ts';
import { Session } from './Session.ts';
import { StagedEmail } from './StagedEmail.ts';
import { User } from './User.ts';
import { WebhookSubscription } from './WebhookSubscription.ts';

export { buildIndexes } from './indexes/index-build.ts';
export type { IAuditLog } from './AuditLog.ts';
export type { IEmailEvent } from './EmailEvent.ts';
export type { IHeartbeat } from './Heartbeat.ts';
export type { ILoginState } from './LoginState.ts';
export type {
  DisconnectReason,
  WellKnownKind,
  IMailbox,
  IMailFolder,
} from './Mailbox.ts';
export type { IMessageState } from './MessageState.ts';
export type { IMonthlyCount } from './MonthlyCount.ts';
export type { INotification } from './Notification.ts';
export { type IPattern, type PatternStatus, patternStatuses } from './Pattern.ts';
export { type IOrgLog, type OrgLogKind, orgLogKinds } from './OrgLog.ts';
/** @internal the service reads its fields through the model; factories of tests need the type */
export type { IOrgSettings } from './OrgSettings.ts';
export type { IRule } from './Rule.ts';
export { type IRuleRun, openRunStatuses, runStatuses } from './RuleRun.ts';
export type { ISession } from './Session.ts';
export { type IStagedEmail, openStagingStatuses, stagingStatuses } from './StagedEmail.ts';
export { type Aggressiveness, aggressivenessLevels, type IUser, type Role } from './User.ts';
export type { IWebhookSubscription } from './WebhookSubscription.ts';
export {
  AuditLog,
  EmailEvent,
  Heartbeat,
  LoginState,
  Mailbox,
  MessageState,
  MonthlyCount,
  Notification,
  OrgLog,
  OrgSettings,
  Pattern,
  Rule,
  RuleRun,
  Session,
  StagedEmail,
  User,
  WebhookSubscription,
};

/** Every model: the list that the index functions work through. */
export const models: readonly IndexedModel[] = [
  User,
  Mailbox,
  EmailEvent,
  Pattern,
  Rule,
  StagedEmail,
  AuditLog,
  Notification,
  WebhookSubscription,
  MessageState,
  Session,
  LoginState,
  OrgSettings,
  RuleRun,
  Heartbeat,
  OrgLog,
  MonthlyCount,
];
