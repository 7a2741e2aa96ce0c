/** Imports what the service imports, does nothing with it, and stays. */
import 'bullmq';
import 'dotenv';
import 'express';
import 'helmet';
import 'ioredis';
import 'mongoose';
import 'p-retry';
import 'p-timeout';
import 'winston';
import 'zod';

process.stdout.write('ready\n');
setInterval(() => undefined, 60_000);
