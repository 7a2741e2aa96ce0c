import { describe, expect, it, vi } from 'vitest';
import { LogLimiter } from './log-limiter.ts';

function build() {
  const logger = { warn: vi.fn(), error: vi.fn(), info: vi.fn(), debug: vi.fn() };
  const time = { now: 1_000_000 };
  const limiter = new LogLimiter(() => time.now, { quietMs: 5_000, linesPerSecond: 3 });
  const complain = (source: string): void => limiter.warn(logger, 'Gone', source, { error: 'ECONNREFUSED' });
  return { time, complain, lines: logger.warn };
}

describe('LogLimiter', () => {
  it('says the first failure of a source at once, and a repetition after the quiet time with a count', () => {
    const { complain, time, lines } = build();

    for (let call = 0; call < 8_000; call += 1) complain('worker');
    time.now += 5_000;
    complain('worker');

    expect(lines.mock.calls.map(([, fields]) => fields)).toEqual([
      { source: 'worker', error: 'ECONNREFUSED' },
      { source: 'worker', error: 'ECONNREFUSED', suppressed: 7_999 },
    ]);
  });

  it('keeps all sources together under the lines a second, and forgets none', () => {
    const { complain, time, lines } = build();

    for (let source = 0; source < 10; source += 1) complain(`source ${source}`);
    expect(lines).toHaveBeenCalledTimes(3);

    time.now += 1_000;
    for (let source = 0; source < 10; source += 1) complain(`source ${source}`);
    expect(lines).toHaveBeenCalledTimes(6);
  });
});
