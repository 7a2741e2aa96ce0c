import { commandNotSupportedCode } from './error-codes.ts';
import { CommandError } from './errors.ts';
import { type Doc, isDoc, numberOf } from './documents.ts';

const calendarUnits = new Set(['year', 'quarter', 'month', 'week', 'day']);
const exactUnits = new Set(['hour', 'minute', 'second', 'millisecond']);
const weekDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * Returns `value` with every $dateTrunc by a day or more said in $dateToParts and $dateFromParts:
 * DocumentDB 1.0 truncates these units wrongly, and gets the parts right.
 * Throws CommandNotSupported for a calendar unit that cannot be said so (binSize over 1, a computed unit).
 */
export function rewriteDateTrunc(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => rewriteDateTrunc(item));
  if (!isDoc(value)) return value;
  if ('$literal' in value) return value;
  if (isDoc(value['$dateTrunc'])) return truncation(rewriteFields(value['$dateTrunc']));
  return rewriteFields(value);
}

function rewriteFields(doc: Doc): Doc {
  return Object.fromEntries(Object.entries(doc).map(([key, field]) => [key, rewriteDateTrunc(field)]));
}

function truncation(spec: Doc): Doc {
  const { date, unit, timezone } = spec;
  if (typeof unit === 'string' && exactUnits.has(unit)) return { $dateTrunc: spec };
  if (typeof unit !== 'string' || !calendarUnits.has(unit) || numberOf(spec['binSize'], 1) !== 1) {
    throw new CommandError(
      commandNotSupportedCode,
      '$dateTrunc needs a constant unit, and binSize 1 for a day or more',
    );
  }
  const zone = timezone === undefined ? {} : { timezone };
  const parts = { year: '$$truncParts.year', ...startOf(unit, spec['startOfWeek'], zone), ...zone };
  return {
    $let: {
      vars: { truncDate: date },
      in: {
        $let: {
          vars: { truncParts: { $dateToParts: { date: '$$truncDate', ...zone } } },
          in: { $dateFromParts: parts },
        },
      },
    },
  };
}

/** Month and day on which the unit around the date begins; a day of 0 or less falls into the month before. */
function startOf(unit: string, startOfWeek: unknown, zone: Doc): Doc {
  const month = '$$truncParts.month';
  const day = '$$truncParts.day';
  switch (unit) {
    case 'year':
      return {};
    case 'quarter':
      return { month: { $subtract: [month, { $mod: [{ $subtract: [month, 1] }, 3] }] } };
    case 'month':
      return { month };
    case 'week':
      return { month, day: { $subtract: [day, daysIntoWeek(startOfWeek, zone)] } };
    default:
      return { month, day };
  }
}

function daysIntoWeek(startOfWeek: unknown, zone: Doc): Doc {
  const name = typeof startOfWeek === 'string' ? startOfWeek : 'sunday';
  const first = weekDays.indexOf(name.toLowerCase().slice(0, 3));
  if (first < 0) throw new CommandError(commandNotSupportedCode, `$dateTrunc does not know startOfWeek '${name}'`);
  // $dayOfWeek counts from 1 (Sunday)
  return { $mod: [{ $add: [{ $dayOfWeek: { date: '$$truncDate', ...zone } }, 6 - first] }, 7] };
}
