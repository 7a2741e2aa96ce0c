import { describe, expect, it } from 'vitest';
import { GraphError, ThrottledError } from './errors.ts';
import { backoffMs, isWorthRetry } from './retry.ts';

const broken = new GraphError({ status: 503, code: 'x', message: '', retryable: true, mayHaveHappened: true });
const unsent = new GraphError({ status: 0, code: 'ECONNREFUSED', message: '', retryable: true });
const throttled = new ThrottledError({ code: 'x', message: '', retryAfterMs: 1_000 });
const denied = new GraphError({ status: 403, code: 'x', message: '' });

describe('the wait before a retry', () => {
  it('doubles, and has a limit', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((retry) => backoffMs(retry, () => 1))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000,
    ]);
  });

  it('is cut by chance to half of that at the most', () => {
    expect(backoffMs(3, () => 0)).toBe(1_000);
    expect(backoffMs(3, () => 0.5)).toBe(1_500);
  });
});

describe('a failed request', () => {
  it.each([
    ['a fault of Graph', broken, true, true],
    ['a fault of Graph', broken, false, false],
    ['nothing was sent', unsent, false, true],
    ['throttled', throttled, false, true],
    ['refused', denied, true, false],
  ])('is sent again only where that is safe: %s, error %#, repeatable %s → %s', (_what, error, repeatable, again) => {
    expect(isWorthRetry(error, { repeatable }, 1)).toBe(again);
  });

  it('is sent again five times at the most', () => {
    expect(isWorthRetry(throttled, { repeatable: true }, 5)).toBe(true);
    expect(isWorthRetry(throttled, { repeatable: true }, 6)).toBe(false);
  });
});
