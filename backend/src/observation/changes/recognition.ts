import type { Happening } from './diff.ts';
import type { Cause } from './event-row.ts';
import type { MessageDetails } from './message-snapshot.ts';
import type { ObservedMailbox } from './observation.ts';
import { type KnownState, propertiesOfState } from './states.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';

interface Unexplained {
  readonly mailbox: Pick<ObservedMailbox, 'folderKindOf' | 'recognize'>;
  readonly state: KnownState | undefined;
  readonly observed: {
    readonly properties: KnownProperties;
    readonly modifiedAt: Date | undefined;
    readonly details: MessageDetails;
  };
}

/**
 * Recognizes acts of ours that the action log lacks: nobody else moves mail into the staging folder, and after a restore
 * a change that a rule makes exactly was made by it.
 * @param happenings those that no action in the log explains
 * @returns our part in those that are recognized
 */
export function recognizeOwn(
  happenings: readonly Happening[],
  { mailbox, state, observed }: Unexplained,
): ReadonlyMap<Happening, Cause> {
  if (happenings.length === 0 || state === undefined) return new Map();
  const ruleId = ruleBehind({ mailbox, state, observed });
  const isOurs = (happening: Happening): boolean =>
    ruleId !== undefined || (happening.eventType === 'moved' && mailbox.folderKindOf(happening.toFolder) === 'staging');
  return new Map(happenings.filter(isOurs).map((happening) => [happening, { id: undefined, ruleId }]));
}

function ruleBehind({ mailbox, state, observed }: Unexplained & { readonly state: KnownState }) {
  const { sender, subject, subjectNormalized, receivedAt, kind } = observed.details;
  const { email, domain } = sender ?? {};
  const { isNewsletter = false, isAutomated, listId } = kind ?? {};
  return mailbox.recognize?.({
    message: { sender: email, domain, subject, subjectNormalized, isNewsletter, isAutomated, listId, receivedAt },
    before: propertiesOfState(state),
    now: observed.properties,
    at: observed.modifiedAt,
  });
}
