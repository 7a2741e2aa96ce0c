import { hostname } from 'node:os';
import { numberOf } from '../documents.ts';
import { invalidOptionsCode } from '../error-codes.ts';
import { CommandError } from '../errors.ts';
import { maxMessageBytes } from '../wire.ts';
import type { Command, Request } from './command.ts';

/** The MongoDB release whose behavior is offered, and its wire version. */
export const serverVersion = '7.0.16';
const wireVersion = 21;
const maxDocumentBytes = 16_777_216;

function handshake(request: Request) {
  return {
    maxBsonObjectSize: maxDocumentBytes,
    maxMessageSizeBytes: maxMessageBytes,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: request.connection.id,
    minWireVersion: 0,
    maxWireVersion: wireVersion,
    readOnly: false,
    ok: 1,
  };
}

const hello: Command = (request) => ({ isWritablePrimary: true, ...handshake(request) });
const legacyHello: Command = (request) => ({ ismaster: true, helloOk: true, ...handshake(request) });
const acknowledge: Command = () => ({ ok: 1 });

const buildInfo: Command = () => ({
  version: serverVersion,
  gitVersion: 'documentdb',
  versionArray: [...serverVersion.split('.').map(Number), 0],
  bits: 64,
  debug: false,
  modules: [],
  maxBsonObjectSize: maxDocumentBytes,
  storageEngines: ['documentdb'],
  ok: 1,
});

const serverStatus: Command = (_request, { connectionCount }) => ({
  host: hostname(),
  version: serverVersion,
  process: 'mongod',
  pid: process.pid,
  uptime: process.uptime(),
  localTime: new Date(),
  connections: { current: connectionCount(), available: 1000 },
  storageEngine: { name: 'documentdb' },
  ok: 1,
});

const getParameter: Command = (_request, { ttl }) => ({
  featureCompatibilityVersion: { version: '7.0' },
  authenticationMechanisms: [],
  ttlMonitorSleepSecs: ttl.seconds,
  ok: 1,
});

const setParameter: Command = ({ spec }, { ttl }) => {
  const seconds = numberOf(spec['ttlMonitorSleepSecs'], 0);
  if (seconds <= 0)
    throw new CommandError(invalidOptionsCode, 'Only ttlMonitorSleepSecs can be set, to a number above 0');
  const was = ttl.seconds;
  ttl.setSeconds(seconds);
  return { was, ok: 1 };
};

/** Commands about the server itself; none of them asks the engine. */
export const serverInfoCommands: Readonly<Record<string, Command>> = {
  hello,
  isMaster: legacyHello,
  ismaster: legacyHello,
  ping: acknowledge,
  endSessions: acknowledge,
  buildInfo,
  buildinfo: buildInfo,
  serverStatus,
  getParameter,
  setParameter,
  connectionStatus: () => ({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] }, ok: 1 }),
  getLog: () => ({ totalLinesWritten: 0, log: [], ok: 1 }),
  whatsmyuri: ({ connection }) => ({ you: connection.peer, ok: 1 }),
  hostInfo: () => ({ system: { hostname: hostname(), currentTime: new Date() }, os: { type: 'Linux' }, ok: 1 }),
};
