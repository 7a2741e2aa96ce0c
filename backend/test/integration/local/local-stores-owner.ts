import { startStores } from '../../../local/stores.ts';

/** A process that owns stores and does nothing else, to be killed: its argument is the data folder. */
await startStores({
  dataDir: process.argv[2] ?? '',
  durable: false,
  env: { PATH: process.env['PATH'] },
  say: () => undefined,
});
process.stdout.write('running\n');
setInterval(() => undefined, 60_000);
