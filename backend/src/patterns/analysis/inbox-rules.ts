import { z } from 'zod';
import type { Outcome, Vote } from '../detection/outcome.ts';
import type { VoteContext } from '../detection/votes.ts';

/** A rule that the owner has set in Outlook, as Graph describes it. */
export interface InboxRule {
  readonly isEnabled: boolean;
  readonly conditions?: Readonly<Record<string, unknown>> | null | undefined;
  readonly actions?: Readonly<Record<string, unknown>> | null | undefined;
}

const actionsSchema = z.object({ moveToFolder: z.string().nullish(), delete: z.boolean().nullish() });
const texts = z.array(z.string()).nullish().catch(undefined);
const people = z
  .array(z.object({ emailAddress: z.object({ address: z.string().nullish() }) }))
  .nullish()
  .catch(undefined);
const conditionsSchema = z.object({ fromAddresses: people, senderContains: texts, subjectContains: texts });

/** Whether a rule would have put a message where it rests. */
type Explains = (vote: Vote) => boolean;

/**
 * Whether one of the owner's enabled inbox rules explains where a message rests: it puts mail there, and what can be
 * checked of its conditions holds. What cannot be checked, such as headers, is taken to hold, and its exceptions not to:
 * then the message says nothing about its owner's habits, which is the safe side.
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
): Outcome | undefined {
  if (deletes === true) return 'deleted';
  if (moveToFolder === undefined || moveToFolder === null) return undefined;
  const place = folderKindOf(moveToFolder);
  if (place === 'deleted') return 'deleted';
  return place === 'archive' ? 'archived' : { moved: moveToFolder };
}

function isSame(one: Outcome, other: Outcome): boolean {
  if (typeof one === 'object') return typeof other === 'object' && one.moved === other.moved;
  return one === other;
}

/** A list that is not there asks for nothing. Outlook does not look at letter case. */
function containsAny(text: string | undefined, parts: readonly string[] | null | undefined): boolean {
  if (parts === undefined || parts === null || parts.length === 0) return true;
  const folded = text?.toLowerCase() ?? '';
  return parts.some((part) => folded.includes(part.toLowerCase()));
}
