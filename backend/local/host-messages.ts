import { z } from 'zod';
import { mongoSource, redisSource } from './discovery.ts';

/** What the store host is told. It also stops everything when the channel closes, however its owner ended. */
export const hostOrder = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    dataDir: z.string(),
    durable: z.boolean(),
    ttlSeconds: z.number().positive(),
    mongo: mongoSource,
    redis: redisSource,
  }),
  /** A process that uses the stores: it is ended before them if the owner dies. */
  z.object({ type: z.literal('guard'), pid: z.number().int().positive() }),
  z.object({ type: z.literal('stop') }),
]);
export type HostOrder = z.infer<typeof hostOrder>;
export type StartOrder = Extract<HostOrder, { type: 'start' }>;

/** What the store host reports. */
export const hostReport = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    mongoUri: z.string(),
    redis: z.object({ host: z.string(), port: z.number().int(), password: z.string().optional() }),
    pgSocketFolder: z.string().optional(),
  }),
  z.object({ type: z.literal('failed'), message: z.string() }),
  /** A store ended by itself; the others go on. */
  z.object({ type: z.literal('lost'), message: z.string() }),
]);
export type HostReport = z.infer<typeof hostReport>;
export type ReadyReport = Extract<HostReport, { type: 'ready' }>;
