import { badRequest } from '../errors.ts';
import type { EmulatorReply } from '../http/exchange.ts';
import { param } from '../http/router.ts';
import type { Change, ChangeLog } from '../mailbox/change-log.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Message } from '../mailbox/message.ts';
import { type GraphContext, readMail, numberIn, preferredPageSize, requireScope } from './context.ts';
import { type DeltaState, firstState, readToken, writeToken } from './delta-token.ts';
import { parseDeltaFilter } from './filter.ts';
import { folderType, refuseUnknownProperties, serveFolder } from './folder-view.ts';
import { typeName, viewListed, viewTold } from './message-view.ts';
import { newestFirst, readDeltaOrder } from './newest-first.ts';
import { selectedProperties } from './select.ts';

const defaultPage = 10;
const folderCollection = 'folders';
/** A change of isRead alone is told without an etag. */
const readChange = ['id', 'isRead', 'parentFolderId'];

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
  const folder = mailbox.getReadableFolder(param(context.params, 'folder'));
  if (folder.search !== undefined) throw badRequest('Change tracking is not supported for a search folder.');
  const state = stateOf(context, folder.id);
  if (isEmptyFirst(context, state)) return emptyPage(context, state, 'message');
  const selected = state.select.split(',').filter((name) => name !== '');
  const properties = context.delta.isTerse && !state.first ? selected.filter((name) => name === 'isRead') : selected;
  const isWanted = parseDeltaFilter(state.filter);
  const page = readPage(context, state, {
    log: state.first ? folder.contents : folder.changes,
    limit: state.filter === null ? Number.POSITIVE_INFINITY : context.delta.maxFiltered,
    view: (change) => {
      if (change.isRemoved) return removal(immutableIds ? change.itemId : change.mutableId, 'message');
      const message = mailbox.find(change.itemId);
      if (message === undefined || !isWanted(message)) return undefined;
      const view = viewChange(context, message, { state, properties });
      if (view !== undefined) privacy.served(Object.keys(view).filter((name) => !name.startsWith('@')));
      return view === undefined ? undefined : { '@odata.type': typeName(message), ...view };
    },
  });
  return pageReply(context, page, 'message');
}

/** Tells only of what is selected, and little of a change of isRead alone. */
function viewChange(
  { delta, immutableIds, tenant }: GraphContext,
  message: Message,
  { state, properties }: { readonly state: DeltaState; readonly properties: readonly string[] },
): View | undefined {
  const whole = viewListed(message, properties, immutableIds);
  const { changedAt } = message;
  if (state.first || changedAt.placed > state.base) return whole;
  const changed = (['isRead', 'flag', 'categories'] as const).filter((part) => changedAt[part] > state.base);
  const isTold = ['lastModifiedDateTime', 'changeKey', ...changed].some((name) => properties.includes(name));
  if (!isTold) return undefined;
  const [first, ...others] = changed;
  if (first === undefined || others.length > 0) return whole;
  const told = tenant.toldOf[first];
  if (told === 'whole') return whole;
  if (told !== undefined) return viewTold(message, told, immutableIds);
  return delta.partialReads && first === 'isRead' ? viewTold(message, readChange, immutableIds) : whole;
}

/** GET mailFolders/delta: one page of the changes of the folders themselves. */
export function foldersDelta(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const { mailbox, request, awkward, tenant } = context;
  refuseUnknownProperties(request.query.get('$select'));
  const state = stateOf(context, folderCollection);
  if (isEmptyFirst(context, state)) return emptyPage(context, state, 'mailFolder');
  const page = readPage(context, state, {
    log: mailbox.folders.changes,
    limit: Number.POSITIVE_INFINITY,
    view: ({ itemId, isRemoved }) => {
      const folder = isRemoved ? undefined : mailbox.folders.find(itemId);
      if (folder === undefined) return removal(itemId, 'mailFolder');
      if (folder.search !== undefined && !tenant.hasSearchFoldersInDelta) return undefined;
      return { '@odata.type': folderType(folder), ...serveFolder(context, folder, state.select) };
    },
  });
  if (awkward.strikes('shuffledFolders')) awkward.random.shuffle(page.items);
  return pageReply(context, page, 'mailFolder');
}

/** GET messages/delta, which does not exist. @throws 400 */
export function refuseMailboxDelta(): never {
  throw badRequest("Change tracking is not supported against 'microsoft.graph.message'.");
}

/** Where this request goes on: its token, or the beginning. Options are read from the first request only. */
function stateOf(context: GraphContext, of: string): DeltaState {
  const { request, mailbox } = context;
  const { query } = request;
  const token = query.get('$skiptoken') ?? query.get('$deltatoken');
  if (token !== null && token !== 'latest') {
    if (query.has('$select') && of !== folderCollection) selectedProperties(context); // refuses content here, too
    return readToken(context, token, of);
  }
  const select = of === folderCollection ? (query.get('$select') ?? '') : selectedProperties(context).join(',');
  const order = readDeltaOrder(query.get('$orderby'));
  const state = firstState(context, { of, select, filter: query.get('$filter'), ...order });
  const { sequence } = mailbox;
  return token === 'latest' ? { ...state, at: sequence, base: sequence, first: false } : state;
}

interface Page {
  readonly items: View[];
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
  const renewed = { ...state, issued: clock.now(), isAfterEmpty: false };
  const { at, newestFirst: order } = position;
  if (!isLast)
    return { items, isLast, state: { ...renewed, at, newestFirst: order, given: state.given + items.length } };
  const over = { at: mailbox.sequence, base: mailbox.sequence, newestFirst: null, first: false, given: 0 };
  return { items, isLast, state: { ...renewed, ...over } };
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

type ItemType = 'message' | 'mailFolder';

function pageReply(context: GraphContext, { items, isLast, state }: Page, type: ItemType): EmulatorReply {
  const { request, awkward } = context;
  const token = `${isLast ? '$deltatoken' : '$skiptoken'}=${writeToken(state)}`;
  const link = `${request.origin}/v1.0${request.path}?${token}`;
  const isNull = items.length === 0 && awkward.strikes('nullPage');
  return {
    status: 200,
    body: {
      '@odata.context': `${request.origin}/v1.0/$metadata#Collection(${type})`,
      value: isNull ? null : items,
      [isLast ? '@odata.deltaLink' : '@odata.nextLink']: link,
    },
  };
}

function isEmptyFirst({ awkward }: GraphContext, { isAfterEmpty }: DeltaState): boolean {
  return !isAfterEmpty && awkward.strikes('emptyPage');
}

/** A page without items, whose nextLink leads on from the same place. */
function emptyPage(context: GraphContext, state: DeltaState, type: ItemType): EmulatorReply {
  return pageReply(context, { items: [], isLast: false, state: { ...state, isAfterEmpty: true } }, type);
}

function removal(id: string, type: ItemType): View {
  return { '@odata.type': `#microsoft.graph.${type}`, id, '@removed': { reason: 'deleted' } };
}
