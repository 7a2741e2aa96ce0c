import type { Types } from 'mongoose';
import { graphSecond } from '../graph/graph-second.ts';
import { hourMs } from '../lib/durations.ts';
import type { MailboxOwner } from '../models/fields/mailbox-owner.ts';
import type { KnownProperties, MessageProperties } from '../models/fields/message-properties.ts';
import { type Arrived, ruleFor } from '../rules/engine.ts';
import type { StoredRule } from '../rules/stored-rule.ts';
import { actsOnArrival, actsOnRead, delayMsOf, takesOldMail } from '../rules/trigger.ts';
import { effectOf } from './effect.ts';
import { isEmpty, remaining } from './message-properties.ts';
import { type MailboxRules, readRuleBook } from './rule-book.ts';

/** Rules act when a moment is first seen, at the latest after the longest interval of synchronization. */
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
 * changes it exactly so, and the change happened in the period, soon after one of the rule's moments
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
    if (receivedAt === undefined) return undefined;
    const ageMs = at.getTime() - receivedAt.getTime();
    for (const isTried of momentsAt({ ageMs, isRead: before.isRead }, book.rules)) {
      const rule = ruleFor({ ...facts, fromFolder: folderId }, book, isTried);
      if (rule === undefined || graphSecond(rule.createdAt.getTime()) > at) continue;
      if (makes(rule, { ...before, folderId }, { now, book })) return rule._id;
    }
    return undefined;
  };
}

interface Treated {
  /** Milliseconds from the arrival of the message to the change. */
  readonly ageMs: number;
  readonly isRead: boolean;
}

/** Returns which rules were tried at each moment at which a change of such a message can have been made. */
function momentsAt({ ageMs, isRead }: Treated, rules: readonly StoredRule[]): ((rule: StoredRule) => boolean)[] {
  const delays = new Set(rules.flatMap((rule) => delayMsOf(rule) ?? []));
  const due = [...delays].filter((delayMs) => ageMs >= delayMs && ageMs - delayMs <= actsWithinMs);
  return [
    ...(ageMs <= actsWithinMs ? [actsOnArrival] : []),
    ...(isRead ? [actsOnRead] : []),
    ...due.map(
      (delayMs) =>
        (rule: StoredRule): boolean =>
          delayMsOf(rule) === delayMs && (!isRead || takesOldMail(rule)),
    ),
  ];
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
