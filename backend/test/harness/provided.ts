import 'vitest';

/** What the global setup hands to every test file. */
declare module 'vitest' {
  export interface ProvidedContext {
    /** A MongoDB server's URI without a database: each test file takes a database of its own. */
    mongoUri: string;
    /** The command line that starts a Redis server: each test file starts one of its own. */
    redisCommand: readonly string[];
    /** Where DocumentDB's PostgreSQL listens, when that is the store. */
    pgSocketFolder: string | undefined;
  }
}
