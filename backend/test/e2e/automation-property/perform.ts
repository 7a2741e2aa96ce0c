import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { faultless } from '../../../emulator/faults/notification-faults.ts';
import type { RequestFault } from '../../../emulator/faults/request-faults.ts';
import { dayMs } from '../../../src/lib/durations.ts';
import { StagedEmail } from '../../../src/models/index.ts';
import { type Command, folders, type Scope, senders, subjects, type ServiceRequest } from './commands.ts';
import { settleBriefly } from './settle.ts';
import type { MailboxFixture } from './mailbox-fixture.ts';
import { performRequest, setPaused } from './requests.ts';

const stagingFolder = 'MSEDB Staging';
const crashWithinMs = 400;

/** Executes one command; skips what is impossible in the present state. */
export async function perform(fixture: MailboxFixture, command: Command): Promise<void> {
  switch (command.do) {
    case 'deliver':
      deliver(fixture, command);
      break;
    case 'own':
      act(fixture, command);
      break;
    case 'removeStagingFolder':
      if (fixture.person.mailbox.folders.children().some(({ displayName }) => displayName === stagingFolder)) {
        fixture.person.does.deleteFolder(stagingFolder);
      }
      break;
    case 'makeDue':
      await makeDue(fixture);
      break;
    case 'settle':
      await fixture.service.backend.ensureUp();
      await settleBriefly(fixture);
      break;
    case 'pause':
      await pause(fixture, command.scope);
      break;
    case 'resume':
      await setPaused(fixture, command.scope, false);
      break;
    case 'fault':
      fixture.service.microsoft.faults.add(faultOf(command, fixture.person.email));
      break;
    case 'notify':
      fixture.service.microsoft.notifier.faults = command.badly
        ? { dropRate: 0.25, duplicateRate: 0.3, delayRate: 0.3, delayMs: 150, reorderRate: 0.5 }
        : faultless;
      break;
    case 'crash':
      await crash(fixture, command);
      break;
    case 'createRule':
    case 'changeRule':
    case 'enableRule':
    case 'disableRule':
    case 'removeRule':
    case 'runRule':
    case 'rescue':
    case 'execute':
    case 'undo':
    case 'sync':
      await performRequest(fixture, command);
      break;
    default:
      command satisfies never;
  }
}

function deliver(
  fixture: MailboxFixture,
  { sender, subject, isRead, isFiled, isBlue }: Extract<Command, { do: 'deliver' }>,
): void {
  const { id } = fixture.person.does.deliver({
    from: senders[sender] ?? senders[0],
    subject: subjects[subject],
    isRead,
    ...(isFiled ? { folder: 'Reports' } : {}),
    ...(isBlue ? { categories: ['Blue'] } : {}),
  });
  fixture.delivered.set(id, fixture.propertiesOf(id));
}

function act({ person, delivered }: MailboxFixture, { verb, pick, folder }: Extract<Command, { do: 'own' }>): void {
  const ids = [...delivered.keys()];
  const id = ids[pick % ids.length];
  if (id === undefined) return;
  const { does } = person;
  const verbs = {
    move: () => does.move(id, folders[folder] ?? folders[0]),
    back: () => does.move(id, 'inbox'),
    delete: () => does.delete(id),
    read: () => does.markRead(id, true),
    unread: () => does.markRead(id, false),
    flag: () => does.flag(id),
    unflag: () => does.flag(id, 'notFlagged'),
    categorize: () => does.categorize(id, [...new Set([...person.mailbox.get(id).categories, 'Mine'])]),
  };
  verbs[verb]();
}

/** Makes everything staged due, as if a day had passed. */
async function makeDue(fixture: MailboxFixture): Promise<void> {
  const expiresAt = new Date(Date.now() - dayMs);
  await StagedEmail.updateMany({ ...fixture.owner, status: 'staged' }, { $set: { expiresAt } });
  await fixture.promoteJobs('staging-processor');
}

/** Pauses, and resolves once the pause is certain to hold: the invariant covers the time from then on. */
async function pause(fixture: MailboxFixture, scope: Scope): Promise<void> {
  await setPaused(fixture, scope, true);
  await delay(Math.max(0, (fixture.pauses.effectiveAt ?? 0) - Date.now()));
}

function faultOf({ kind, on, times }: Extract<Command, { do: 'fault' }>, mailbox: string): RequestFault {
  const common = {
    target: 'graph',
    mailbox,
    times,
    ...(on === 'any' ? {} : { path: '/me/messages/', method: on === 'moves' ? 'POST' : 'PATCH' }),
  } as const;
  switch (kind) {
    case 'throttled':
      return { ...common, kind: 429, retryAfterSeconds: 1 };
    case 'unavailable':
      return { ...common, kind: 503 };
    case 'cut':
      return { ...common, kind: 'reset' };
    case 'answerLost':
      return { ...common, kind: 503, isCarriedOut: true };
    case 'answerCut':
      return { ...common, kind: 'reset', isCarriedOut: true };
    default:
      return kind satisfies never;
  }
}

async function crash(
  fixture: MailboxFixture,
  { counts, after, amid }: Extract<Command, { do: 'crash' }>,
): Promise<void> {
  const { backend } = fixture.service;
  await backend.ensureUp();
  const count = () => (counts === 'requests' ? fixture.requests : fixture.changesByService);
  const until = count() + (counts === 'requests' ? after : 1 + (after % 3));
  const pending = amid === undefined ? undefined : requestDuringCrash(fixture, amid);
  const endsAt = Date.now() + crashWithinMs;
  while (count() < until && Date.now() < endsAt) await turn();
  await backend.kill();
  await pending;
}

/** Sends a request while the service is being killed; the connection may break. */
async function requestDuringCrash(fixture: MailboxFixture, request: ServiceRequest): Promise<void> {
  await performRequest(fixture, request).catch(() => undefined);
}
