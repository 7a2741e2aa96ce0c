import mongoose, { Types } from 'mongoose';
import { AuditLog, type IAuditLog, Mailbox, Rule, RuleRun } from '../models/index.ts';
import type { StoredRule } from './stored-rule.ts';
import { rescueStagedOfRule } from './rescue-staged-of-rule.ts';
import { closeEntry } from './entries.ts';
import { finishCreation } from './finish-creation.ts';
import { settleRuleOrder } from './settle-order.ts';
import { cameTrue, switchedOff } from './update-outcome.ts';

/** An entry open for longer is not under way any more: a request has ended by then, one way or the other. */
const underWayMs = 10 * 60_000;

type OpenEntry = IAuditLog & { readonly _id: Types.ObjectId };

interface SettleReport {
  /** Changes that were brought to their end. */
  readonly finished: number;
  /** Entries of changes that never took effect, and are gone. */
  readonly dropped: number;
}

/**
 * Finishes what a crash left of changes of rules, of all users: run at every start, after `settleDecisions`.
 * @param now milliseconds since the epoch
 */
export async function settleRuleEntries(now: number): Promise<SettleReport> {
  let finished = 0;
  let dropped = 0;
  const open = { openSince: mongoose.trusted({ $exists: true }) };
  const targetType = mongoose.trusted({ $in: ['rule', 'mailbox', 'settings'] });
  const action = mongoose.trusted({ $in: [...finishers.keys()] });
  for await (const entry of AuditLog.find({ targetType, action, ...open })
    .lean<OpenEntry>()
    .cursor()) {
    const isOld = entry.createdAt.getTime() < now - underWayMs;
    if (await finishers.get(entry.action)?.(entry)) {
      await closeEntry(entry._id);
      finished += 1;
    } else if (isOld) {
      await AuditLog.deleteOne({ _id: entry._id });
      dropped += 1;
    }
  }
  await settleOrders();
  return { finished, dropped };
}

/** An order whose entry is closed may still be on its way. */
async function settleOrders(): Promise<void> {
  const underWay = { ruleOrder: mongoose.trusted({ $exists: true }) };
  for (const { _id } of await Mailbox.find(underWay, '_id').lean()) await settleRuleOrder(_id);
}

type Finish = (entry: OpenEntry) => Promise<boolean>;

/** What follows from each kind of change. Each tells whether the change took effect; where that is unknown, it may have. */
const finishers: ReadonlyMap<OpenEntry['action'], Finish> = new Map<OpenEntry['action'], Finish>([
  ['rule_created', finishCreation],
  ['rule_updated', finishUpdate],
  ['rule_deleted', finishDeletion],
  ['rules_reordered', finishOrder],
  ['rule_run', finishRun],
  ['whitelist_updated', isUnknown],
]);

async function finishUpdate({ targetId, details }: OpenEntry): Promise<boolean> {
  const rule = await Rule.findById(targetId).lean<StoredRule>();
  if (rule === null) return true;
  if (!cameTrue(rule, details)) return false;
  if (switchedOff(details) && !rule.isEnabled) await rescueStagedOfRule(rule._id);
  return true;
}

async function finishDeletion({ targetId }: OpenEntry): Promise<boolean> {
  if (targetId === undefined || (await Rule.exists({ _id: targetId })) !== null) return false;
  await rescueStagedOfRule(new Types.ObjectId(targetId));
  return true;
}

/**
 * Whoever ends the order of a mailbox closes its entry: an order that is not there, with an open entry, never was. That
 * of the organization is written with one request, of which nobody knows whether it was heard.
 */
async function finishOrder({ details, mailboxId }: OpenEntry): Promise<boolean> {
  if (mailboxId === undefined) return true;
  const mailbox = await Mailbox.findById(mailboxId, 'ruleOrder').lean();
  const at = details?.['at'];
  if (!(at instanceof Date) || mailbox?.ruleOrder?.at.getTime() !== at.getTime()) return false;
  await settleRuleOrder(mailboxId);
  return true;
}

async function finishRun({ _id }: OpenEntry): Promise<boolean> {
  return (await RuleRun.exists({ _id, status: 'previewed' })) === null;
}

async function isUnknown(): Promise<boolean> {
  return true;
}
