import { Schema } from 'mongoose';
import { groupOptions, type Paths } from './paths.ts';

const ruleAnswers = ['accepted', 'declined'] as const;

/** The answer of a mailbox's owner to a rule of the organization; a later answer replaces it. */
export interface IRuleAnswer {
  ruleId: string;
  answer: (typeof ruleAnswers)[number];
  /** The version of the definition that was answered: see `definitionVersion` of a rule. */
  version: number;
  at: Date;
}

export const ruleAnswerSchema = new Schema<IRuleAnswer>(
  {
    ruleId: { type: String, required: true },
    answer: { type: String, enum: ruleAnswers, required: true },
    version: { type: Number, required: true },
    at: { type: Date, required: true },
  } satisfies Paths<IRuleAnswer>,
  groupOptions,
);
