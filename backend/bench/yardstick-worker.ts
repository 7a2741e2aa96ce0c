/** A bare BullMQ worker. Arguments: the queue, and the connection as JSON. */
import { type ConnectionOptions, Worker } from 'bullmq';

const [queue = '', connectionText = '{}'] = process.argv.slice(2);
const connection: ConnectionOptions = JSON.parse(connectionText);
const worker = new Worker(queue, () => Promise.resolve(), { connection });
await worker.waitUntilReady();
process.stdout.write('ready\n');
