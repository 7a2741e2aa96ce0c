import { z } from 'zod';

// By Graph's metadata every property but `id` may be null, and any may be absent. A value of another type is not
// understood: the schemas refuse it.

/** Accepts a text, null and absence. */
export const text = z.string().nullish();

/** Accepts a list with holes: entries that are null, or that do not have the shape, are left out. */
export function lenientList<T>(entry: z.ZodType<T>): z.ZodOptional<z.ZodType<T[] | null>> {
  return z
    .array(z.unknown())
    .nullable()
    .transform((list) => list?.flatMap((candidate) => parsedOf(entry, candidate)) ?? null)
    .optional();
}

function parsedOf<T>(entry: z.ZodType<T>, candidate: unknown): T[] {
  const { success, data } = entry.safeParse(candidate);
  return success ? [data] : [];
}

/** Returns the paths of the fields that a schema refused, without their values; `*` stands for a place in a list. */
export function refusedFields({ issues }: Pick<z.ZodError, 'issues'>): string[] {
  const paths = issues.map(({ path }) => path.map((part) => (typeof part === 'number' ? '*' : String(part))).join('.'));
  return [...new Set(paths.map((path) => path || 'body'))].slice(0, maxFields);
}

const maxFields = 3;
