import { z } from 'zod';

/** One entry of a delta query. The same item may occur more than once; its last entry counts. */
export type DeltaItem<T> =
  | { readonly removed: false; readonly item: T }
  /** The item left the collection: it was deleted or moved away. */
  | { readonly removed: true; readonly id: string };

const removal = z
  .object({ id: z.string(), '@removed': z.object({}) })
  .transform(({ id }) => ({ removed: true as const, id }));

/** Builds the schema of a delta entry from the schema of its item. */
export function deltaItemOf<T>(item: z.ZodType<T>): z.ZodType<DeltaItem<T>> {
  const present = item.transform((parsed) => ({ removed: false as const, item: parsed }));
  const removedOr = z.unknown().transform((entry, context): DeltaItem<T> => {
    const { data: left } = removal.safeParse(entry);
    if (left !== undefined) return left;
    const parsed = present.safeParse(entry);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  });
  return removedOr;
}
