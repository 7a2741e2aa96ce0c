import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs } from '../../lib/durations.ts';
import type { IReadFault, IUser, ReadFaultReason } from '../../models/index.ts';
import { isNotifying, mailboxState, activeSwitch, type StateFacts } from './mailbox-state.ts';

const now = Date.UTC(2026, 5, 1, 12);
const ago = (minutes: number): Date => new Date(now - minutes * minuteMs);
const preferences = { automationPaused: false, aggressiveness: 'moderate' } as const satisfies IUser['preferences'];
const settings = { automationPaused: false, whitelistedSenders: [], whitelistedDomains: [] };

type Row = StateFacts['mailbox'];
/** Fields, and the names of those that are missing. */
type Changes = Partial<Row> & { readonly without?: readonly ('lastSyncAt' | 'nextSyncAt')[] };

/** A mailbox that was read five minutes ago, and is due in ten. */
function facts({ without = [], ...row }: Changes = {}, beside: Partial<StateFacts> = {}): StateFacts {
  const mailbox: Row = {
    isConnected: true,
    settings,
    connectedAt: ago(10_000),
    lastSyncAt: ago(5),
    nextSyncAt: ago(-10),
    syncIntervalMs: 15 * minuteMs,
    ...row,
  };
  for (const field of without) delete mailbox[field];
  return { mailbox, owner: { isActive: true, preferences }, ...beside };
}

const stateOf = (row: Changes = {}, beside: Partial<StateFacts> = {}) => mailboxState(facts(row, beside), now);
const fault = (reason: ReadFaultReason): IReadFault => ({ reason, since: ago(30), code: 'Code', told: [] });
const progress = (startedAt: Date) => ({ startedAt, foldersTotal: 6, foldersDone: 2, messagesSeen: 100 });
const subscription = { status: 'active', expiresAt: ago(-60), lastNotificationAt: ago(7) } as const;

describe('a mailbox that is watched', () => {
  it('is watched at intervals as long as nothing proves that its changes are reported', () => {
    const everyQuarter = { kind: 'watching_interval', seenUntil: ago(5), intervalSeconds: 900 };
    const { lastNotificationAt: _none, ...unproven } = subscription;

    expect(stateOf()).toEqual(everyQuarter);
    expect(stateOf({}, { subscription: unproven })).toEqual(everyQuarter);
    expect(stateOf({}, { subscription: { ...subscription, expiresAt: ago(0) } })).toEqual(everyQuarter);
    expect(stateOf({}, { subscription: { ...subscription, status: 'failed' } })).toEqual(everyQuarter);
    expect(isNotifying(undefined, now)).toBe(false);
  });

  it('is watched live when its subscription has proved itself', () => {
    expect(stateOf({}, { subscription })).toEqual({ kind: 'watching_live', seenUntil: ago(5) });
    const hoursApart = { lastSyncAt: ago(300), nextSyncAt: ago(-60), syncIntervalMs: 6 * hourMs };
    expect(stateOf(hoursApart, { subscription }).kind).toBe('watching_live');
  });

  it('is paused by whoever has paused it, and never more than that', () => {
    const byMailbox = { settings: { ...settings, automationPaused: true } };
    const byUser = { owner: { isActive: true, preferences: { ...preferences, automationPaused: true } } };

    expect(stateOf(byMailbox)).toEqual({ kind: 'paused', seenUntil: ago(5), by: 'mailbox' });
    expect(stateOf({}, byUser)).toMatchObject({ kind: 'paused', by: 'user' });
    expect(stateOf(byMailbox, byUser)).toMatchObject({ kind: 'paused', by: 'both' });
    expect(stateOf({ ...byMailbox, readFault: fault('no_mailbox') }).kind).toBe('cannot_be_read');
    expect(activeSwitch(facts({ ...byMailbox, isConnected: false }))).toBe('mailbox');
    expect(activeSwitch(facts())).toBeUndefined();
  });

  it('is read for the first time as long as that goes on', () => {
    const row = { without: ['lastSyncAt'], syncProgress: progress(ago(500)) } as const;

    expect(stateOf({ ...row, nextSyncAt: ago(1) })).toEqual({ kind: 'first_reading' });
    expect(stateOf({ without: ['lastSyncAt', 'nextSyncAt'], connectedAt: ago(1) }).kind).toBe('first_reading');
    expect(stateOf({ ...row, nextSyncAt: ago(100) })).toMatchObject({
      kind: 'behind',
      reason: 'late',
      since: ago(100),
      seenUntil: undefined,
    });
  });
});

describe('a mailbox that is disconnected', () => {
  it.each([
    ['by_user', 'owner', 'owner'],
    ['sign_in_required', 'microsoft', 'owner'],
    ['tokens_unreadable', 'service', 'owner'],
  ] as const)('says why (%s), by whom, and who must act', (disconnectReason, by, mustAct) => {
    const row = { isConnected: false, disconnectReason, disconnectedAt: ago(50), readFault: fault('failing') };

    expect(stateOf(row)).toEqual({
      kind: 'disconnected',
      reason: disconnectReason,
      by,
      mustAct,
      since: ago(50),
      explanation: expect.stringMatching(/\. (Connect|Sign in)/),
    });
  });

  it('is so as well before it was ever connected, and while its owner is deactivated', () => {
    expect(stateOf({ isConnected: false })).toMatchObject({ reason: 'not_connected', since: undefined });
    const inactive = { owner: { isActive: false, preferences } };
    expect(stateOf({}, inactive)).toMatchObject({ kind: 'disconnected', by: 'admin', mustAct: 'admin' });
  });
});

describe('a mailbox that cannot be read', () => {
  it.each([
    ['no_mailbox', 'tenant_admin'],
    ['guest', 'owner'],
    ['access_denied', 'tenant_admin'],
    ['token_refused', 'owner'],
    ['application_refused', 'operator'],
    ['answer_refused', 'operator'],
  ] as const)('says why (%s), since when, and that the %s must act', (reason, mustAct) => {
    expect(stateOf({ readFault: fault(reason) })).toEqual({
      kind: 'cannot_be_read',
      reason,
      since: ago(30),
      mustAct,
      code: 'Code',
      explanation: expect.stringMatching(/\.$/),
    });
  });
});

describe('a mailbox that is behind', () => {
  it('is so when nobody looked in time', () => {
    const row = { lastSyncAt: ago(40), nextSyncAt: ago(25) };

    expect(stateOf(row)).toMatchObject({
      kind: 'behind',
      reason: 'late',
      since: ago(25),
      seenUntil: ago(40),
      mustAct: 'operator',
    });
    expect(stateOf({ ...row, nextSyncAt: ago(19) }).kind).toBe('watching_interval');
    expect(stateOf(row, { subscription }).kind).toBe('behind');
  });

  it('is not before it was connected again', () => {
    const row = { lastSyncAt: ago(4_000), nextSyncAt: ago(3_900) };

    expect(stateOf({ ...row, connectedAt: ago(5) }).kind).toBe('watching_interval');
    expect(stateOf({ ...row, connectedAt: ago(30) })).toMatchObject({ kind: 'behind', since: ago(30) });
  });

  it('is not after one failure that passes, and is when they go on', () => {
    const readFault = fault('failing');

    expect(stateOf({ readFault }).kind).toBe('watching_interval');
    expect(stateOf({ readFault, nextSyncAt: ago(30) })).toMatchObject({
      kind: 'behind',
      reason: 'failing',
      since: ago(30),
      mustAct: null,
      code: 'Code',
    });
  });

  it('is so while it is read completely for longer than an interval, although it is looked at', () => {
    const row = { lastSyncAt: ago(200), nextSyncAt: ago(0), syncProgress: progress(ago(120)) };

    expect(stateOf(row)).toMatchObject({ kind: 'behind', reason: 'reading', since: ago(120), mustAct: null });
    expect(stateOf({ ...row, nextSyncAt: ago(60) })).toMatchObject({ reason: 'late', since: ago(60) });
    const finished = { ...progress(ago(120)), finishedAt: ago(0) };
    expect(stateOf({ ...row, syncProgress: finished }).kind).toBe('watching_interval');
  });

  it('is so while folders of it are refused', () => {
    expect(stateOf({ readFault: { ...fault('folders'), folders: 2 } })).toMatchObject({
      kind: 'behind',
      reason: 'folders',
      folders: 2,
      since: ago(30),
      mustAct: 'operator',
    });
  });
});
