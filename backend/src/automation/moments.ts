import type { Types } from 'mongoose';
import type { MessageProperties } from '../models/fields/message-properties.ts';
import type { IMessageState } from '../models/index.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import type { StoredRule } from '../rules/stored-rule.ts';
import { actsOnRead, delayMsOf, takesOldMail } from '../rules/trigger.ts';

// Words: docs/GLOSSARY.md, "moment". At each moment of a message, rules are tried in their order and the first that
// matches decides. The action has an id that is derived from the message and the moment, not from the rule: whichever
// rule is first, and however often a crash repeats it, at most one acts.

/** A moment of a message: its arrival, the first time that its owner reads it, or some time after its arrival. */
export type Moment = { readonly kind: 'arrival' } | { readonly kind: 'read' } | TimedMoment;

/** `after`: unless it was opened; `age`: unless it is flagged or categorized. */
interface TimedMoment {
  readonly kind: 'after' | 'age';
  readonly delayMs: number;
}

/** Returns the moment at which a rule is tried. */
export function momentOf(rule: Pick<StoredRule, 'trigger' | 'conditions'>): Moment {
  if (actsOnRead(rule)) return { kind: 'read' };
  const delayMs = delayMsOf(rule);
  if (delayMs === undefined) return { kind: 'arrival' };
  return { kind: takesOldMail(rule) ? 'age' : 'after', delayMs };
}

/** The part of a state that identifies its message for good. */
export type MomentState = Pick<IMessageState, 'messageId' | 'formerIds' | 'createdAt'>;

/** Derives the id of the action from the first id of the message, so that a rule acts once though the id changes. */
export function actionIdOf(
  mailboxId: Types.ObjectId,
  { messageId, formerIds, createdAt }: MomentState,
  moment: Moment,
): Types.ObjectId {
  const message = [mailboxId.toHexString(), formerIds?.[0] ?? messageId];
  switch (moment.kind) {
    case 'arrival':
      return deterministicId(createdAt, ['act', ...message]);
    case 'read':
      return deterministicId(createdAt, ['read', ...message]);
    case 'after':
    case 'age':
      return deterministicId(createdAt, [moment.kind, ...message, String(moment.delayMs)]);
    default:
      return moment satisfies never;
  }
}

type Marks = Pick<MessageProperties, 'isRead' | 'flagStatus' | 'categories'>;

/** Tests, right before an action, if the moment still holds: the owner may have opened or marked the message. */
export function momentHolds({ kind }: Moment, { isRead, flagStatus, categories }: Marks): boolean {
  switch (kind) {
    case 'arrival':
      return true;
    case 'read':
      return isRead;
    case 'after':
      return !isRead;
    case 'age':
      return flagStatus === 'notFlagged' && categories.length === 0;
    default:
      return kind satisfies never;
  }
}

/** A timed rule, and the period whose moments are handled now: after `from` until `until`, in milliseconds. */
export interface TimedWindow {
  readonly rule: StoredRule;
  readonly moment: TimedMoment;
  readonly from: number;
  readonly until: number;
}

/** A moment that came in a period, with the rules that are tried at it. */
export interface DueMoment {
  readonly at: number;
  readonly moment: TimedMoment;
  readonly rules: ReadonlySet<StoredRule>;
}

/**
 * Returns the moments of timed rules for a message, the earliest first. Rules with the same delay share one if they have the same kind.
 * @param receivedAt milliseconds since the epoch
 */
export function dueMoments(receivedAt: number, windows: readonly TimedWindow[]): DueMoment[] {
  const due = new Map<string, DueMoment & { readonly rules: Set<StoredRule> }>();
  for (const { rule, moment, from, until } of windows) {
    const at = receivedAt + moment.delayMs;
    if (at <= from || at > until) continue;
    const key = `${moment.kind} ${moment.delayMs}`;
    const known = due.get(key) ?? { at, moment, rules: new Set<StoredRule>() };
    known.rules.add(rule);
    due.set(key, known);
  }
  return [...due.values()].toSorted((one, two) => one.at - two.at);
}
