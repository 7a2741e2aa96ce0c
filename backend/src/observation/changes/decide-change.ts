import { isMeetingMessage } from '../../graph/messages.ts';
import type { IEmailEvent } from '../../models/index.ts';
import { attribute } from './attribution.ts';
import { defined } from '../../lib/defined.ts';
import { diff, firstDiff, type Happening } from './diff.ts';
import { eventRow } from './event-row.ts';
import type { MailKind } from '../../graph/mail-kind.ts';
import { type Observation, type ObservedMailbox, recordedKind } from './observation.ts';
import type { OwnAction } from './own-actions.ts';
import { recognizeOwn } from './recognition.ts';
import { type MessageDetails, snapshotOf } from './message-snapshot.ts';
import { deletedKinds } from '../../models/fields/folder-kinds.ts';
import { identityHashOf } from '../../models/store/message-identity.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';
import { type KnownState, type Lasting, propertiesOfState, type StateChange } from './states.ts';

/** The meaning of an observation, given the known state of the message. */
export type ChangeDecision =
  | { readonly kind: 'change'; readonly change: StateChange }
  /** It confirms the known state. */
  | { readonly kind: 'same' }
  /** It is older than the known state and contradicts it, so the order of the two is unknown. */
  | { readonly kind: 'stale' }
  /** Nothing is stored about this message. */
  | { readonly kind: 'none' };

/** The details stored with the arrival of a message: the only source of details once it is gone. */
export type Arrival = Omit<MessageDetails, 'kind'> & Pick<IEmailEvent, 'metadata'>;

export interface ChangeFacts {
  readonly mailbox: ObservedMailbox;
  readonly state: KnownState | undefined;
  /** Our actions on the message, the oldest first. */
  readonly actions: readonly OwnAction[];
  readonly arrival: Arrival | undefined;
}

/** An observation in the terms of MSEDB, of a message that is present or gone. */
interface ObservedMessage {
  readonly messageId: string;
  readonly properties: KnownProperties;
  readonly modifiedAt: Date | undefined;
  readonly details: MessageDetails;
}

/** Decides the meaning of an observation. Pure: reads and writes nothing. */
export function decideChange(observation: Observation, facts: ChangeFacts): ChangeDecision {
  return facts.state === undefined
    ? decideFirstChange(observation, facts)
    : decideNextChange(observation, facts.state, facts);
}

function decideFirstChange(observation: Observation, facts: ChangeFacts): ChangeDecision {
  if (observation.kind === 'gone') return { kind: 'none' };
  const { subjectHash, isDraft, ...snapshot } = snapshotOf(observation.message);
  const { receivedAt, sender, kind } = snapshot.details;
  const happenings = firstDiff({ ...snapshot.properties, receivedAt, isDraft }, facts.mailbox);
  if (happenings === undefined) return { kind: 'none' };
  const isMeeting = isMeetingMessage(observation.message) || undefined;
  const isNew = happenings.some((happening) => isNewMail(happening, facts.mailbox.folderKindOf));
  const automation = isNew && isMeeting !== true ? 'pending' : 'done';
  const identityHash = identityHashOf(observation.message, facts.mailbox.identityKey);
  const before = {
    sender: addressOf(sender),
    subjectHash,
    identityHash,
    receivedAt,
    automation,
    isMeeting,
    listId: kind?.listId,
    isAutomated: kind?.isAutomated,
  } as const;
  return changeOf({ ...snapshot, messageId: observation.message.id }, { observation, facts, happenings, before });
}

/** Rules apply to newly arrived mail only, and not to mail that is deleted already. */
function isNewMail(happening: Happening, folderKindOf: ObservedMailbox['folderKindOf']): boolean {
  if (happening.eventType !== 'arrived' || happening.foundInPlace) return false;
  return !deletedKinds.has(folderKindOf(happening.toFolder));
}

function decideNextChange(observation: Observation, state: KnownState, facts: ChangeFacts): ChangeDecision {
  const observed =
    observation.kind === 'gone'
      ? observedGone(observation.messageId, state, facts.arrival)
      : observedMessageOf(observation, state);
  const happenings = diff(propertiesOfState(state), observed.properties, facts.mailbox.folderKindOf);
  if (observation.sentAt < state.observedAt.getTime()) return { kind: happenings === undefined ? 'same' : 'stale' };
  const decision = changeOf(observed, { observation, facts, happenings: happenings ?? [], before: state });
  const isUsedUp = String(decision.change.values.lastActionId) !== String(state.lastActionId);
  return happenings === undefined && !isUsedUp ? { kind: 'same' } : decision;
}

function observedMessageOf({ message }: Extract<Observation, { kind: 'present' }>, state: KnownState): ObservedMessage {
  return { ...snapshotOf(message, propertiesOfState(state)), messageId: message.id };
}

/** Describes a message that is gone: its last known properties, without a folder. */
function observedGone(messageId: string, state: KnownState, arrival: Arrival | undefined): ObservedMessage {
  const { modifiedAt, sender, receivedAt } = state;
  return {
    messageId,
    properties: { ...propertiesOfState(state), folderId: undefined },
    modifiedAt,
    details: defined<MessageDetails>({
      ...(arrival === undefined ? { sender, importance: 'normal', hasAttachments: false } : detailsOf(arrival)),
      receivedAt,
    }),
  };
}

function detailsOf({ metadata = {}, ...noted }: Arrival): MessageDetails {
  const { hasListUnsubscribe, isNewsletter, isAutomated, listId } = metadata;
  return { ...noted, kind: defined<Partial<MailKind>>({ hasListUnsubscribe, isNewsletter, isAutomated, listId }) };
}

interface ChangeContext {
  readonly observation: Observation;
  readonly facts: ChangeFacts;
  readonly happenings: readonly Happening[];
  readonly before: StateChange['before'];
}

function changeOf(observed: ObservedMessage, { observation, facts, happenings, before }: ChangeContext) {
  const { mailbox, state, actions } = facts;
  const answeredAt = new Date(observation.answeredAt);
  const { ours, lastActionId } = attribute(happenings, {
    actions,
    lastActionId: state?.lastActionId,
    sentAt: observation.sentAt,
    now: observed.properties,
    folderKindOf: mailbox.folderKindOf,
  });
  const unexplained = happenings.filter((happening) => !ours.has(happening));
  const recognized = recognizeOwn(unexplained, { mailbox, state, observed });
  const isOwners = (happening: Happening): boolean => !ours.has(happening) && !recognized.has(happening);
  const inGraphTime = (date: Date): Date => new Date(mailbox.toGraphTime?.(date.getTime()) ?? date);
  const seenBefore = state === undefined ? undefined : inGraphTime(state.observedAt);
  const isMeeting = before.isMeeting === true;
  const recordedKindOf = (id: string) => recordedKind(mailbox, id);
  const source = {
    ...observed,
    seenBefore,
    answeredAt: inGraphTime(answeredAt),
    isMeeting,
    recordedKindOf,
  };
  const change: StateChange = {
    messageId: observed.messageId,
    before,
    values: {
      ...observed.properties,
      goneAt: observed.properties.folderId === undefined ? (state?.goneAt ?? answeredAt) : undefined,
      modifiedAt: observed.modifiedAt,
      observedAt: answeredAt,
      lastActionId,
      ...(isFirstReading(observed, { state, before, happenings: happenings.filter(isOwners) })
        ? { automationOnRead: 'pending' }
        : {}),
    },
    events: happenings.map((happening) =>
      eventRow(happening, source, ours.get(happening) ?? recognized.get(happening)),
    ),
  };
  return { kind: 'change', change } as const;
}

interface ReadingFacts {
  readonly state: KnownState | undefined;
  readonly before: StateChange['before'];
  /** Those that are not ours. */
  readonly happenings: readonly Happening[];
}

/**
 * Tells if the owner has read a message for the first time. New mail that is already read when it is first seen counts:
 * it was read between two looks.
 */
function isFirstReading({ properties }: ObservedMessage, { state, before, happenings }: ReadingFacts): boolean {
  if (properties.folderId === undefined || before.isMeeting === true) return false;
  if (state !== undefined) {
    return state.automationOnRead === undefined && happenings.some(({ eventType }) => eventType === 'read');
  }
  return properties.isRead && 'automation' in before && before.automation === 'pending';
}

function addressOf(sender: MessageDetails['sender']): Lasting['sender'] {
  const { email, domain } = sender ?? {};
  return email === undefined ? undefined : defined<NonNullable<Lasting['sender']>>({ email, domain });
}
