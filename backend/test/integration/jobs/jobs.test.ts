import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from 'bullmq';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Processors, createProcessors } from '../../../src/jobs/processors.ts';
import { addJob, startTestService, type TestService } from '../../harness/service.ts';
import { untilPasses } from '../../harness/until-passes.ts';
import { Gate } from '../../harness/gate.ts';

/** A processor that is entered once and left when the test says so. */
function heldProcessor() {
  const gate = new Gate();
  const entered = vi.fn<(id: string | undefined) => void>();
  const process = async (job: Job): Promise<string> => {
    entered(job.id);
    await gate.opened;
    return 'done';
  };
  return { process, entered, open: () => gate.open() };
}

async function failFirstAttempt(job: Job): Promise<void> {
  if (job.attemptsMade === 0 && job.repeatJobKey === undefined) throw new Error('planted');
}

const logger = { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() };
const withDeltaSync = (process: (job: Job) => Promise<unknown>): Processors => ({
  ...createProcessors(logger),
  'delta-sync': process,
});

describe('a job', () => {
  let service: TestService;
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
  });

  it('is logged when it starts, completes and fails, with its queue, id, name and time', async () => {
    service = await startTestService({ logger, processors: withDeltaSync(failFirstAttempt) });
    const queue = service.queue('delta-sync');

    const job = await queue.add('run-delta-sync', {}, { attempts: 2, backoff: 1 });
    const facts = { queue: 'delta-sync', jobId: job.id, jobName: 'run-delta-sync' };

    // Redis knows of it before the worker does
    await untilPasses(() => {
      expect(logger.info).toHaveBeenCalledWith('Job completed', { ...facts, ms: expect.any(Number) });
    });
    expect(await job.getState()).toBe('completed');
    expect(logger.info).toHaveBeenCalledWith('Job started', facts);
    expect(logger.warn).toHaveBeenCalledWith(
      'Job failed and will be retried',
      expect.objectContaining({ ...facts, attempt: 1, attempts: 2, error: 'planted', ms: expect.any(Number) }),
    );
  });

  it('that is active when the service stops may finish', async () => {
    const { process, entered, open } = heldProcessor();
    service = await startTestService({ processors: withDeltaSync(process) });
    const queue = service.queue('delta-sync');
    const job = await addJob(queue, 'delta-sync');
    await untilPasses(() => expect(entered).toHaveBeenCalled());

    const stopped = service.runtime.stop();
    open();

    expect(await stopped).toEqual([]);
    await expect.poll(() => queue.getActiveCount()).toBe(0);
    expect(await job.getState()).toMatch(/completed|waiting/); // waiting: the scheduled one was first
  });

  it('that outlasts the shutdown timeout is named, and the stop goes on without it', async () => {
    const { process, entered, open } = heldProcessor();
    service = await startTestService({
      logger,
      processors: withDeltaSync(process),
      config: { shutdownTimeoutMs: 1_000 },
    });
    await untilPasses(() => expect(entered).toHaveBeenCalled());

    const left = await service.runtime.stop();

    expect(left).toEqual(['workers closed']);
    expect(logger.error).toHaveBeenCalledWith(
      'Stopped with steps unfinished',
      expect.objectContaining({ left: ['workers closed'], jobs: [expect.stringMatching(/^delta-sync\//)] }),
    );
    open();
    await delay(0);
  });
});
