import type { EmulatorReply } from '../http/exchange.ts';
import { param } from '../http/router.ts';
import type { Change, ChangeLog } from '../mailbox/change-log.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { type GraphContext, readMail, contextUrl, numberIn, preferredPageSize, requireScope } from './context.ts';
import { type DeltaState, firstState, readToken, writeToken } from './delta-token.ts';
import { parseDeltaFilter } from './filter.ts';
import { serveFolder } from './folders.ts';
import { viewMessage } from './message-view.ts';
import { newestFirst, readDeltaOrder } from './newest-first.ts';
import { selectedProperties } from './select.ts';

const defaultPage = 10;
const folderCollection = 'folders';

type View = Readonly<Record<string, unknown>>;

interface Round {
  readonly log: ChangeLog;
  /** What is told of a change; undefined: nothing. */
  readonly view: (change: Change) => View | undefined;
  /** Most items of the whole round. */
  readonly limit: number;
}

/** GET mailFolders/{id}/messages/delta: one page of a folder's changes. */
export function messagesDelta(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { mailbox, privacy, immutableIds } = context;
  const folder = mailbox.folders.get(param(context.params, 'folder'));
  const state = stateOf(context, folder.id);
  const selected = state.select.split(',').filter((name) => name !== '');
  const properties = context.delta.isTerse && !state.first ? selected.filter((name) => name === 'isRead') : selected;
  const isWanted = parseDeltaFilter(state.filter);
  const value = readPage(context, state, {
    log: state.first ? folder.contents : folder.changes,
    limit: state.filter === null ? Number.POSITIVE_INFINITY : context.delta.maxFiltered,
    view: (change) => {
      if (change.isRemoved) return removal(immutableIds ? change.itemId : change.mutableId);
      const message = mailbox.find(change.itemId);
      return message === undefined || !isWanted(message) ? undefined : viewMessage(message, properties, immutableIds);
    },
  });
  privacy.served(['id', ...properties], value.items.filter((item) => !('@removed' in item)).length);
  return pageReply(context, value, `messages(${properties.join(',')})`);
}

/** GET mailFolders/delta: one page of the changes of the folders themselves. */
export function foldersDelta(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { folders } = context.mailbox;
  const state = stateOf(context, folderCollection);
  const page = readPage(context, state, {
    log: folders.changes,
    limit: Number.POSITIVE_INFINITY,
    view: ({ itemId, isRemoved }) => {
      const folder = isRemoved ? undefined : folders.find(itemId);
      return folder === undefined ? removal(itemId) : serveFolder(context, folder, state.select);
    },
  });
  return pageReply(context, page, 'mailFolders');
}

/** Where this request goes on: its token, or the beginning. Options are read from the first request only. */
function stateOf(context: GraphContext, of: string): DeltaState {
  const { request, privacy, mailbox } = context;
  const { query } = request;
  const token = query.get('$skiptoken') ?? query.get('$deltatoken');
  if (token !== null && token !== 'latest') {
    if (query.has('$select') && of !== folderCollection) selectedProperties(request, privacy); // refuses content here, too
    return readToken(context, token, of);
  }
  const select =
    of === folderCollection ? (query.get('$select') ?? '') : selectedProperties(request, privacy).join(',');
  const order = readDeltaOrder(query.get('$orderby'));
  const state = firstState(context, { of, select, filter: query.get('$filter'), ...order });
  return token === 'latest' ? { ...state, at: mailbox.sequence, first: false } : state;
}

interface Page {
  readonly items: readonly View[];
  readonly isLast: boolean;
  readonly state: DeltaState;
}

function readPage({ request, mailbox, clock }: GraphContext, state: DeltaState, { log, view, limit }: Round): Page {
  const size = preferredPageSize(request) ?? numberIn(request.query, '$top') ?? defaultPage;
  const items: View[] = [];
  let position: Position = state;
  let isLast = true;
  for (const { change, next: following } of changesAfter(mailbox, log, state)) {
    const room = Math.min(size, limit - state.given) - items.length;
    if (room <= 0) {
      isLast = state.given + items.length >= limit;
      break;
    }
    position = following;
    // what had gone before a first round began was never there for its reader
    if (state.first && change.isRemoved && change.sequence <= state.start) continue;
    const item = view(change);
    if (item !== undefined) items.push(item);
  }
  const renewed = { ...state, issued: clock.now() };
  const { at, newestFirst: order } = position;
  if (!isLast)
    return { items, isLast, state: { ...renewed, at, newestFirst: order, given: state.given + items.length } };
  return { items, isLast, state: { ...renewed, at: mailbox.sequence, newestFirst: null, first: false, given: 0 } };
}

type Position = Pick<DeltaState, 'at' | 'newestFirst'>;

/** What is still to be told, each with where to go on after it. */
function* changesAfter(
  mailbox: Mailbox,
  log: ChangeLog,
  { first, start, at, newestFirst: order }: DeltaState,
): Generator<{ readonly change: Change; readonly next: Position }> {
  const isOrdered = first && order !== null;
  if (isOrdered && at < start) {
    for (const { change, key } of newestFirst(mailbox, log, start, order.last)) {
      yield { change, next: { at, newestFirst: { last: key } } };
    }
  }
  const since = isOrdered ? Math.max(at, start) : at;
  for (const change of log.since(since)) yield { change, next: { at: change.sequence, newestFirst: order } };
}

function pageReply(context: GraphContext, { items, isLast, state }: Page, what: string): EmulatorReply {
  const { request } = context;
  const token = `${isLast ? '$deltatoken' : '$skiptoken'}=${writeToken(state)}`;
  const link = `${request.origin}/v1.0${request.path}?${token}`;
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(context, what),
      value: items,
      [isLast ? '@odata.deltaLink' : '@odata.nextLink']: link,
    },
  };
}

function removal(id: string): View {
  return { id, '@removed': { reason: 'deleted' } };
}
