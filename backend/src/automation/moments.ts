import type { Types } from 'mongoose';
import type { MessageProperties } from '../models/fields/message-properties.ts';
import type { IMessageState } from '../models/index.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import type { StoredRule } from '../rules/stored-rule.ts';
import { actsOnRead, delayMsOf } from '../rules/trigger.ts';

// Words: docs/GLOSSARY.md, "moment". At each moment of a message, rules are tried in their order and the first that
// matches decides. The action has an id that is derived from the message and the moment, not from the rule: whichever
// rule is first, and however often a crash repeats it, at most one acts.

/** A moment of a message: its arrival, the first time that its owner reads it, or some time after its arrival. */
export type Moment =
  | { readonly kind: 'arrival' }
  | { readonly kind: 'read' }
  | { readonly kind: 'after'; readonly delayMs: number };

/** Returns the moment at which a rule is tried. */
export function momentOf(rule: Pick<StoredRule, 'trigger'>): Moment {
  if (actsOnRead(rule)) return { kind: 'read' };
  const delayMs = delayMsOf(rule);
  return delayMs === undefined ? { kind: 'arrival' } : { kind: 'after', delayMs };
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
      return deterministicId(createdAt, ['after', ...message, String(moment.delayMs)]);
    default:
      return moment satisfies never;
  }
}

/** Tests, right before an action, if the moment still holds: the owner may have opened the message, or made it unread. */
export function momentHolds(moment: Moment, { isRead }: Pick<MessageProperties, 'isRead'>): boolean {
  if (moment.kind === 'arrival') return true;
  return moment.kind === 'read' ? isRead : !isRead;
}

/** A timed rule, and the period whose moments are handled now: after `from` until `until`, in milliseconds. */
export interface TimedWindow {
  readonly rule: StoredRule;
  readonly delayMs: number;
  readonly from: number;
  readonly until: number;
}

/** A moment that came in a period, with the rules that are tried at it. */
export interface DueMoment {
  readonly at: number;
  readonly delayMs: number;
  readonly rules: ReadonlySet<StoredRule>;
}

/**
 * Returns the moments of timed rules for a message, the earliest first. Rules with the same delay share a moment.
 * @param receivedAt milliseconds since the epoch
 */
export function dueMoments(receivedAt: number, windows: readonly TimedWindow[]): DueMoment[] {
  const byDelay = new Map<number, Set<StoredRule>>();
  for (const { rule, delayMs, from, until } of windows) {
    const at = receivedAt + delayMs;
    if (at <= from || at > until) continue;
    const rules = byDelay.get(delayMs) ?? new Set<StoredRule>();
    byDelay.set(delayMs, rules.add(rule));
  }
  return [...byDelay]
    .map(([delayMs, rules]) => ({ at: receivedAt + delayMs, delayMs, rules }))
    .toSorted((one, two) => one.at - two.at);
}
