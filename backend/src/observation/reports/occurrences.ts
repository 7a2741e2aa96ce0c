import type { PipelineStage } from 'mongoose';
import { EmailEvent } from '../../models/index.ts';
import { type EventWindow, matchWindow, matchHistory } from './event-window.ts';

/** The fields of an occurrence that summaries read, under the names that they have in a row. */
const pastFields = {
  mailboxId: 1,
  messageId: 1,
  eventType: 1,
  sender: 1,
  timestamp: '$history.timestamp',
  toFolder: '$history.toFolder',
  toFolderKind: '$history.toFolderKind',
  timeToAction: '$history.timeToAction',
  isRead: '$history.isRead',
  metadata: {
    // a computed field that is missing is kept as it was in one store, and null in the other
    automatedByRule: { $ifNull: ['$history.automatedByRule', null] },
    automatedByAction: { $ifNull: ['$history.automatedByAction', null] },
    foundInPlace: { $ifNull: ['$metadata.foundInPlace', null] },
    isMeeting: { $ifNull: ['$metadata.isMeeting', null] },
  },
} as const;

/**
 * Returns the stages that yield every occurrence of a window, each at its own time: the last one of a row as the row
 * itself, the past ones from the history of rows. The two are read apart, because only few rows have a history.
 * @param filter further conditions on rows
 */
export function occurrencesIn(window: EventWindow, filter: PipelineStage.Match['$match'] = {}): PipelineStage[] {
  const { from, to } = window;
  const past = [
    { $match: { ...matchHistory(window), ...filter } },
    { $unwind: '$history' },
    { $match: { 'history.timestamp': { $gte: from, $lt: to } } },
    { $project: pastFields },
  ];
  return [
    { $match: { ...matchWindow(window), ...filter } },
    { $unionWith: { coll: EmailEvent.collection.name, pipeline: past } },
  ];
}
