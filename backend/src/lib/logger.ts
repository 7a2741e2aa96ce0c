import { once } from 'node:events';
import { createLogger as createWinstonLogger, format, type Logger as WinstonLogger, transports } from 'winston';
import { currentLogContext } from './log-context.ts';
import { redact } from './redact.ts';

export type Logger = Pick<WinstonLogger, 'error' | 'warn' | 'info' | 'debug'>;
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  /** json: one object a line; readable: for a person at a terminal. */
  readonly style: 'json' | 'readable';
}

const withContext = format((info) => Object.assign(info, currentLogContext()));

/** Winston looks its level up under a symbol, so the safe copy is written over the fields in place. */
const withoutSecrets = format((info) => Object.assign(info, redact({ ...info })));

const json = format.printf(({ timestamp, level, message, ...fields }) =>
  JSON.stringify({ timestamp, level, message, ...fields }),
);

const readable = format.printf(({ timestamp, level, message, ...fields }) => {
  const rest = Object.entries(fields).map(([key, value]) => {
    if (value instanceof Object && 'stack' in value) return `\n  ${key}: ${String(value.stack)}`;
    return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return [timestamp, level.padEnd(5), message, ...rest].join(' ');
});

/**
 * The process's log: constant messages with facts as fields, to stdout only, secrets masked.
 * @returns the logger; `flushLogger` waits until everything is written
 */
export function createLogger({ level, style }: LoggerOptions): WinstonLogger {
  return createWinstonLogger({
    level,
    format: format.combine(withContext(), withoutSecrets(), format.timestamp(), style === 'json' ? json : readable),
    transports: [new transports.Console({ stderrLevels: [] })],
  });
}

/**
 * Ends the log and waits until its last line is handed to the operating system.
 * @param limitMs how long to wait at the most: a reader of stdout that hangs must not hold the process
 */
export async function flushLogger(logger: WinstonLogger, limitMs = 500): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  const finished = once(logger, 'finish', { signal }).catch(() => undefined);
  logger.end();
  await finished;
}
