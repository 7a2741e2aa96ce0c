import { AsyncLocalStorage } from 'node:async_hooks';

/** Fields that every log line written during one piece of work carries. */
type LogContext = Readonly<Record<string, string>>;

const storage = new AsyncLocalStorage<LogContext>();

/** Runs `work` so that each log line written in it, however deep, carries `context`. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...context }, work);
}

/** The fields of the work that is running now, or none. */
export function currentLogContext(): LogContext {
  return storage.getStore() ?? {};
}
