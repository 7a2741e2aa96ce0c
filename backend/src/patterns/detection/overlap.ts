import { groupBy } from '../../lib/group-by.ts';
import type { JudgedHypothesis } from './hypothesis.ts';
import { followedKey } from './outcome.ts';

/**
 * Marks suggestions as covered that would repeat the same action on the same mail. Between a domain and its senders, the
 * alternative with more mail surely right (bound times messages) remains; between conditions of different kinds on one
 * sender, such as subject and folder, the kind with more. A list goes before its senders.
 */
export function withoutOverlap(tested: readonly JudgedHypothesis[]): JudgedHypothesis[] {
  const suggested = tested.filter(({ blockers }) => blockers.length === 0);
  const covered = new Set<JudgedHypothesis>();
  for (const group of groupBy(suggested.filter(isPart), senderAndAction).values()) {
    for (const loser of losers([...groupBy(group, kindOfCondition).values()])) covered.add(loser);
  }
  for (const list of suggested.filter(({ scope }) => scope === 'list')) {
    for (const other of suggested.filter((one) => isOnList(one, list))) covered.add(other);
  }
  for (const domain of suggested.filter((one) => one.scope === 'domain' && !covered.has(one))) {
    const below = suggested.filter((other) => isBelow(other, domain) && !covered.has(other));
    for (const loser of losers([[domain], below])) covered.add(loser);
  }
  return tested.map((one) => (covered.has(one) ? { ...one, blockers: ['covered'] } : one));
}

function isPart({ scope }: JudgedHypothesis): boolean {
  return scope === 'part';
}

function isOnList(one: JudgedHypothesis, list: JudgedHypothesis): boolean {
  const isSameAction = followedKey(one.action) === followedKey(list.action);
  return one.scope !== 'read' && isSameAction && list.addresses?.has(one.condition.senderEmail ?? '') === true;
}

function isBelow(one: JudgedHypothesis, domain: JudgedHypothesis): boolean {
  const isSameAction = followedKey(one.action) === followedKey(domain.action);
  return (one.scope === 'sender' || one.scope === 'part') && one.domain === domain.domain && isSameAction;
}

function senderAndAction({ condition, action }: JudgedHypothesis): string {
  return `${condition.senderEmail} ${followedKey(action)}`;
}

function kindOfCondition({ condition }: JudgedHypothesis): string {
  return Object.keys(condition).join(' ');
}

/** Returns all alternatives but the one with the most messages surely right; the first of equals wins. */
function losers(alternatives: readonly (readonly JudgedHypothesis[])[]): JudgedHypothesis[] {
  const best = alternatives.toSorted((one, two) => surelyRight(two) - surelyRight(one))[0];
  return alternatives.filter((alternative) => alternative !== best).flat();
}

function surelyRight(alternative: readonly JudgedHypothesis[]): number {
  let messages = 0;
  for (const { measured } of alternative) messages += measured.bound * measured.seen;
  return messages;
}
