/** Imports what the service imports, does nothing with it, and stays. */
import '@asteasolutions/zod-to-openapi';
import '@azure/msal-node';
import 'bullmq';
import 'cookie';
import 'dotenv';
import 'express';
import 'express-rate-limit';
import 'helmet';
import 'ioredis';
import 'mongoose';
import 'p-retry';
import 'p-timeout';
import 'prom-client';
import 'rate-limit-redis';
import 'winston';
import 'zod';

process.stdout.write('ready\n');
setInterval(() => undefined, 60_000);
