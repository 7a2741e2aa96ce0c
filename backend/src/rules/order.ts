import type { Types } from 'mongoose';
import type { IRule } from '../models/index.ts';

/** The properties of a rule that its place depends on. */
export interface Ranked {
  readonly _id: Types.ObjectId;
  readonly scope: IRule['scope'];
  readonly priority: number;
}

/** An order, stored with the mailbox, that is not written into the priorities yet. */
export interface OrderUnderWay {
  readonly ids: readonly string[];
}

/**
 * Sorts rules by precedence: those of the user before those of the organization, each by priority, then by age. An order
 * under way takes precedence over priorities; a rule of the user that it does not list comes after those it lists.
 */
export function orderedRules<R extends Ranked>(rules: readonly R[], order: OrderUnderWay | undefined): R[] {
  const listed = new Map(order?.ids.map((id, index) => [id, index]));
  const place = ({ _id }: R): number => listed.get(_id.toString()) ?? listed.size;
  const byPriority = (one: R, two: R): number => one.priority - two.priority || compareIds(one, two);
  return [
    ...rules
      .filter(({ scope }) => scope === 'user')
      .toSorted((one, two) => place(one) - place(two) || byPriority(one, two)),
    ...rules.filter(({ scope }) => scope === 'org').toSorted(byPriority),
  ];
}

function compareIds(one: Ranked, two: Ranked): number {
  return one._id.toString() < two._id.toString() ? -1 : 1;
}
