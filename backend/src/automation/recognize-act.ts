import type { Types } from 'mongoose';
import { graphSecond } from '../graph/graph-second.ts';
import { hourMs } from '../lib/durations.ts';
import type { MailboxOwner } from '../models/fields/mailbox-owner.ts';
import type { KnownProperties, MessageProperties } from '../models/fields/message-properties.ts';
import { type Arrived, ruleFor } from '../rules/engine.ts';
import type { StoredRule } from '../rules/stored-rule.ts';
import { effectOf } from './effect.ts';
import { isEmpty, remaining } from './message-properties.ts';
import { type MailboxRules, readRuleBook } from './rule-book.ts';

/** Rules act on new mail when it is first seen, at the latest after the longest interval of synchronization. */
const actsWithinMs = 6 * hourMs;

interface Change {
  readonly message: Omit<Arrived, 'fromFolder'> & { readonly receivedAt: Date | undefined };
  readonly before: KnownProperties;
  readonly now: KnownProperties;
  readonly at: Date | undefined;
}

/**
 * Reads the rules of a mailbox, to recognize their acts in a period that the action log lacks.
 * @returns a function that returns the id of the rule whose act a change is: the rule existed, applies to the message,
 * changes it exactly so, and the change happened in the period, soon after the arrival
 */
export async function readRecognizer(
  owner: MailboxOwner,
  period: { readonly from: Date; readonly to: Date },
): Promise<(change: Change) => Types.ObjectId | undefined> {
  const book = await readRuleBook(owner);
  return ({ message, before, now, at }) => {
    const { receivedAt, ...facts } = message;
    const { folderId } = before;
    if (folderId === undefined || at === undefined || at < period.from || at > period.to) return undefined;
    if (receivedAt === undefined || at.getTime() - receivedAt.getTime() > actsWithinMs) return undefined;
    const rule = ruleFor({ ...facts, fromFolder: folderId }, book);
    if (rule === undefined || graphSecond(rule.createdAt.getTime()) > at) return undefined;
    return makes(rule, { ...before, folderId }, { now, book }) ? rule._id : undefined;
  };
}

/** Tells if a rule makes exactly this change. */
function makes(
  rule: StoredRule,
  before: MessageProperties,
  { now, book }: { readonly now: KnownProperties; readonly book: MailboxRules },
): boolean {
  if (now.folderId === undefined) return false;
  const { change, stages } = effectOf(rule.actions, before, book.archiveFolderId);
  const isStaged = book.folderKindOf(now.folderId) === 'staging';
  if (stages !== isStaged) return false;
  const { folderId = before.folderId, isRead, flagStatus, categories } = change;
  const after: MessageProperties = {
    folderId: stages ? now.folderId : folderId,
    isRead: isRead ?? before.isRead,
    flagStatus: flagStatus ?? before.flagStatus,
    categories: categories ?? before.categories,
  };
  return isEmpty(remaining(after, { ...now, folderId: now.folderId }));
}
