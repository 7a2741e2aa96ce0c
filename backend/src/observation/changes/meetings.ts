import { isMeetingMessage } from '../../graph/messages.ts';
import { EmailEvent, MessageState } from '../../models/index.ts';
import { bulkWrite, updateTo } from '../../models/store/bulk-write.ts';
import { isIn, isNot } from '../../models/store/query-operators.ts';
import type { Observation, ObservedMailbox } from './observation.ts';
import type { KnownState } from './states.ts';

// Mail programs put answered invitations away by themselves. A message that was ever seen as one is marked for life,
// because later answers of Graph need not show its type.

interface Marked {
  /** The states, with the marks that were written. */
  readonly states: ReadonlyMap<string, KnownState>;
  /** Ids of messages that another writer may have changed at the same time: they may lack their mark. */
  readonly contested: readonly string[];
}

/**
 * Marks known messages that an observation shows to be invitations, and the events that were recorded of them before.
 * The events come first: after a crash in between the observation is repeated, because the state still lacks its mark.
 */
export async function markMeetings(
  { userId, mailboxId }: Pick<ObservedMailbox, 'userId' | 'mailboxId'>,
  observations: readonly Observation[],
  states: ReadonlyMap<string, KnownState>,
): Promise<Marked> {
  const unmarked = observations.flatMap((observation) => {
    if (observation.kind === 'gone' || !isMeetingMessage(observation.message)) return [];
    const state = states.get(observation.message.id);
    return state === undefined || state.isMeeting === true ? [] : [state];
  });
  if (unmarked.length === 0) return { states, contested: [] };
  const messageIds = unmarked.map(({ messageId }) => messageId);
  const unmarkedEvents = { userId, mailboxId, messageId: isIn(messageIds), 'metadata.isMeeting': isNot(true) };
  await EmailEvent.updateMany(unmarkedEvents, { $set: { 'metadata.isMeeting': true } });
  const operations = unmarked.map(({ _id, version }) => ({
    updateOne: { filter: { _id, version }, update: updateTo({ isMeeting: true }) },
  }));
  const { matched } = await bulkWrite(MessageState.collection, operations);
  const marked = unmarked.map((state) => [state.messageId, { ...state, isMeeting: true }] as const);
  return { states: new Map([...states, ...marked]), contested: matched === unmarked.length ? [] : messageIds };
}
