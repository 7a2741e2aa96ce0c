import type { Types } from 'mongoose';
import type { IEmailEvent } from '../../models/index.ts';
import type { RecordedKind } from '../../models/fields/folder-kinds.ts';
import type { Timestamps } from '../../models/fields/paths.ts';
import { defined } from '../../lib/defined.ts';
import type { Happening } from './diff.ts';
import type { MessageDetails } from './message-snapshot.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';

/** The fields of an event that its happening sets; the others come from the state of the message. */
export type EventRow = Omit<
  IEmailEvent,
  'userId' | 'mailboxId' | 'messageId' | 'occurrences' | 'stateVersion' | keyof Timestamps
>;

type Metadata = NonNullable<IEmailEvent['metadata']>;

/** Our part in an event. Without an id it was recognized, as the log lacks the action. */
export interface Cause {
  readonly id: Types.ObjectId | undefined;
  readonly ruleId: Types.ObjectId | undefined;
}

export interface EventSource {
  readonly details: MessageDetails;
  /** The observed properties; for a message that is gone, those it had before. */
  readonly properties: Pick<KnownProperties, 'isRead' | 'categories'>;
  readonly modifiedAt: Date | undefined;
  /** When the previous observation was answered, in Graph's time; undefined for the first. */
  readonly seenBefore: Date | undefined;
  /** In Graph's time. */
  readonly answeredAt: Date;
  readonly isMeeting: boolean;
  readonly recordedKindOf: (folderId: string) => RecordedKind | undefined;
}

/** Builds the event of a happening. @param cause undefined when it was not ours */
export function eventRow(happening: Happening, source: EventSource, cause: Cause | undefined): EventRow {
  const { kind: _kind, ...details } = source.details;
  const { eventType } = happening;
  const fromFolder = 'fromFolder' in happening ? happening.fromFolder : undefined;
  const toFolder = 'toFolder' in happening ? happening.toFolder : undefined;
  const timestamp = eventType === 'arrived' ? arrivalTime(source) : actionTime(source);
  return defined<EventRow>({
    ...details,
    eventType,
    timestamp,
    timeToAction: eventType === 'arrived' ? undefined : secondsBetween(details.receivedAt, timestamp),
    fromFolder,
    toFolder,
    fromFolderKind: fromFolder === undefined ? undefined : source.recordedKindOf(fromFolder),
    toFolderKind: toFolder === undefined ? undefined : source.recordedKindOf(toFolder),
    categories: [...source.properties.categories],
    isRead: source.properties.isRead,
    metadata: metadataOf(happening, source, cause),
  });
}

function metadataOf(
  happening: Happening,
  { details: { kind }, isMeeting }: EventSource,
  cause: Cause | undefined,
): Metadata | undefined {
  const metadata = defined<Metadata>({
    ...kind,
    automatedByRule: cause?.ruleId,
    automatedByAction: cause?.id,
    recognized: cause !== undefined && cause.id === undefined ? true : undefined,
    foundInPlace: happening.eventType === 'arrived' && happening.foundInPlace ? true : undefined,
    isMeeting: isMeeting ? true : undefined,
  });
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

/** Returns the time of arrival, at the latest the time of the observation: a sender's clock may be wrong. */
function arrivalTime({ details: { receivedAt }, answeredAt }: EventSource): Date {
  return receivedAt !== undefined && receivedAt < answeredAt ? receivedAt : answeredAt;
}

/** Returns Graph's time of modification if it lies between the two observations, else the time of the observation. */
function actionTime({ modifiedAt, seenBefore, answeredAt }: EventSource): Date {
  if (modifiedAt === undefined || seenBefore === undefined) return answeredAt;
  return modifiedAt >= seenBefore && modifiedAt <= answeredAt ? modifiedAt : answeredAt;
}

function secondsBetween(from: Date | undefined, to: Date): number | undefined {
  return from === undefined ? undefined : Math.max(0, Math.floor((to.getTime() - from.getTime()) / 1000));
}
