import { Schema } from 'mongoose';
import { groupOptions, type Paths } from './paths.ts';

/** A new order of the rules while their priorities are being written; it takes precedence over them. */
export interface IRuleOrder {
  /** The ids of all rules of the mailbox, in their order. */
  ids: string[];
  at: Date;
}

/** A rule that does nothing in this mailbox, because it cannot move mail to its folder now. It goes on by itself. */
export interface ISuspendedRule {
  ruleId: string;
  since: Date;
  /** One of the faults of places: see rules/places/place-fault.ts. */
  code: string;
  /** Absent until the owner was told. */
  toldAt?: Date;
}

export const ruleOrderSchema = new Schema<IRuleOrder>(
  {
    ids: { type: [{ type: String }] },
    at: { type: Date, required: true },
  } satisfies Paths<IRuleOrder>,
  groupOptions,
);

export const suspendedRuleSchema = new Schema<ISuspendedRule>(
  {
    ruleId: { type: String, required: true },
    since: { type: Date, required: true },
    code: { type: String, required: true },
    toldAt: { type: Date },
  } satisfies Paths<ISuspendedRule>,
  groupOptions,
);
