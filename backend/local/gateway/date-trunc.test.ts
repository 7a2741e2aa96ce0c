import { Int32, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { rewriteDateTrunc } from './date-trunc.ts';
import { CommandError } from './errors.ts';

function rewritten(options: Record<string, unknown>): string {
  return JSON.stringify(rewriteDateTrunc({ $dateTrunc: { date: '$at', ...options } }));
}

describe('rewriteDateTrunc', () => {
  it('says a month in parts, in the time zone of the truncation', () => {
    const rewrite = rewriteDateTrunc({ $dateTrunc: { date: '$at', unit: 'month', timezone: '$zone' } });

    expect(rewrite).toEqual({
      $let: {
        vars: { truncDate: '$at' },
        in: {
          $let: {
            vars: { truncParts: { $dateToParts: { date: '$$truncDate', timezone: '$zone' } } },
            in: {
              $dateFromParts: { year: '$$truncParts.year', month: '$$truncParts.month', timezone: '$zone' },
            },
          },
        },
      },
    });
  });

  it('counts a week from its first day', () => {
    expect(rewritten({ unit: 'week' })).toContain('{"$mod":[{"$add":[{"$dayOfWeek":{"date":"$$truncDate"}},6]},7]}');
    expect(rewritten({ unit: 'week', startOfWeek: 'Monday' })).toContain('},5]},7]}');
    expect(rewritten({ unit: 'week', startOfWeek: 'sat' })).toContain('},0]},7]}');
  });

  it('finds truncations in truncations and deep in a pipeline', () => {
    const inner = { $dateTrunc: { date: '$at', unit: 'year' } };
    const pipeline = [{ $group: { _id: { by: { $dateTrunc: { date: inner, unit: 'day', binSize: new Int32(1) } } } } }];

    const text = JSON.stringify(rewriteDateTrunc(pipeline));

    expect(text).not.toContain('$dateTrunc"');
    expect(text.match(/\$dateFromParts/g)).toHaveLength(2);
  });

  it('leaves everything else as it is', () => {
    const untouched = {
      id: new ObjectId(),
      at: new Date(),
      hour: { $dateTrunc: { date: '$at', unit: 'hour', binSize: 6 } },
      data: { $literal: { $dateTrunc: { unit: 'day' } } },
      list: [1, 'x', null, /x/],
      text: '$dateTrunc',
    };

    expect(rewriteDateTrunc(untouched)).toEqual(untouched);
  });

  it.each([{ unit: '$unit' }, { unit: 'day', binSize: 2 }, { unit: 'week', startOfWeek: 'noday' }, { unit: 'era' }])(
    'refuses %j, which would be truncated wrongly',
    (options) => {
      expect(() => rewritten(options)).toThrow(CommandError);
    },
  );
});
