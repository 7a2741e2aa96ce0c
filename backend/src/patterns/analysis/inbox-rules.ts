import { z } from 'zod';
import type { VoteOutcome, Vote } from '../detection/outcome.ts';
import type { InboxRule } from '../../models/fields/owner-habits.ts';
import type { VoteContext } from '../detection/votes.ts';

const actionsSchema = z.object({ moveToFolder: z.string().nullish(), delete: z.boolean().nullish() });
const texts = z.array(z.string()).nullish().catch(undefined);
const people = z
  .array(z.object({ emailAddress: z.object({ address: z.string().nullish() }) }))
  .nullish()
  .catch(undefined);
const conditionsSchema = z.object({ fromAddresses: people, senderContains: texts, subjectContains: texts });

/** Tells whether a rule would have put a message into its current folder. */
type Explains = (vote: Vote) => boolean;

/**
 * Tells whether one of the owner's enabled inbox rules explains the folder of a message: the rule moves mail there, and
 * its conditions hold. Conditions that cannot be checked, such as headers, count as met, and exceptions as not met: in
 * doubt the message is no evidence of a habit.
 */
export function explainedBy(rules: readonly InboxRule[], folderKindOf: VoteContext['folderKindOf']): Explains {
  const enabled = rules.filter(({ isEnabled }) => isEnabled).map((rule) => explanationOf(rule, folderKindOf));
  return (vote) => enabled.some((explains) => explains(vote));
}

function explanationOf({ conditions, actions }: InboxRule, folderKindOf: VoteContext['folderKindOf']): Explains {
  const does = actionsSchema.safeParse(actions ?? {});
  const asks = conditionsSchema.safeParse(conditions ?? {});
  if (!does.success || !asks.success) return () => false;
  const target = targetOf(does.data, folderKindOf);
  const { fromAddresses, senderContains, subjectContains } = asks.data;
  const from = fromAddresses?.flatMap(({ emailAddress: { address } }) => address?.toLowerCase() ?? []);
  return ({ outcome, sender, subject }) =>
    target !== undefined &&
    isSame(outcome, target) &&
    (from === undefined || from.includes(sender)) &&
    containsAny(sender, senderContains) &&
    containsAny(subject, subjectContains);
}

function targetOf(
  { moveToFolder, delete: deletes }: z.output<typeof actionsSchema>,
  folderKindOf: VoteContext['folderKindOf'],
): VoteOutcome | undefined {
  if (deletes === true) return 'deleted';
  if (moveToFolder === undefined || moveToFolder === null) return undefined;
  const kind = folderKindOf(moveToFolder);
  if (kind === 'deleted') return 'deleted';
  return kind === 'archive' ? 'archived' : { moved: moveToFolder };
}

function isSame(one: VoteOutcome, other: VoteOutcome): boolean {
  if (typeof one === 'object') return typeof other === 'object' && one.moved === other.moved;
  return one === other;
}

/** A missing list is no condition. Outlook ignores letter case. */
function containsAny(text: string | undefined, parts: readonly string[] | null | undefined): boolean {
  if (parts === undefined || parts === null || parts.length === 0) return true;
  const folded = text?.toLowerCase() ?? '';
  return parts.some((part) => folded.includes(part.toLowerCase()));
}
