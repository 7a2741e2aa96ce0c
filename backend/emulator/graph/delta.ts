import type { EmulatorReply } from '../http/exchange.ts';
import { param } from '../http/router.ts';
import type { Change, ChangeLog } from '../mailbox/change-log.ts';
import { type GraphContext, READ_MAIL, contextUrl, numberIn, preferredPageSize, requireScope } from './context.ts';
import { type DeltaState, firstState, readToken, writeToken } from './delta-token.ts';
import { parseDeltaFilter } from './filter.ts';
import { serveFolder } from './folders.ts';
import { viewMessage } from './message-view.ts';
import { selectedProperties } from './select.ts';

const DEFAULT_PAGE = 10;
const FOLDERS = 'folders';

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
  requireScope(context, READ_MAIL);
  const { mailbox, privacy, immutableIds } = context;
  const folder = mailbox.folders.get(param(context.params, 'folder'));
  const state = stateOf(context, folder.id);
  const properties = state.select.split(',').filter((name) => name !== '');
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
  requireScope(context, READ_MAIL);
  const { folders } = context.mailbox;
  const state = stateOf(context, FOLDERS);
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
    if (query.has('$select') && of !== FOLDERS) selectedProperties(request, privacy); // refuses content here, too
    return readToken(context, token, of);
  }
  const select = of === FOLDERS ? (query.get('$select') ?? '') : selectedProperties(request, privacy).join(',');
  const state = firstState(context, { of, select, filter: query.get('$filter') });
  return token === 'latest' ? { ...state, at: mailbox.sequence, first: false } : state;
}

interface Page {
  readonly items: readonly View[];
  readonly isLast: boolean;
  readonly state: DeltaState;
}

function readPage({ request, mailbox, clock }: GraphContext, state: DeltaState, { log, view, limit }: Round): Page {
  const size = preferredPageSize(request) ?? numberIn(request.query, '$top') ?? DEFAULT_PAGE;
  const items: View[] = [];
  let { at } = state;
  let isLast = true;
  for (const change of log.since(state.at)) {
    const room = Math.min(size, limit - state.given) - items.length;
    if (room <= 0) {
      isLast = state.given + items.length >= limit;
      break;
    }
    at = change.sequence;
    // what had gone before a first round began was never there for its reader
    if (state.first && change.isRemoved && change.sequence <= state.start) continue;
    const item = view(change);
    if (item !== undefined) items.push(item);
  }
  const next = { ...state, issued: clock.now() };
  if (!isLast) return { items, isLast, state: { ...next, at, given: state.given + items.length } };
  return { items, isLast, state: { ...next, at: mailbox.sequence, first: false, given: 0 } };
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
