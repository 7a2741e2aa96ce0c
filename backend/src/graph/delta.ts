import { z } from 'zod';

/** One entry of a delta round: the same item may come more than once, the last one counts. */
export type DeltaItem<T> =
  | { readonly removed: false; readonly item: T }
  /** It left what the round is about: deleted, or moved away. */
  | { readonly removed: true; readonly id: string };

const removal = z
  .object({ id: z.string(), '@removed': z.object({}) })
  .transform(({ id }) => ({ removed: true as const, id }));

/** The shape of a delta entry, given the shape of what can change. */
export function deltaItemOf<T>(item: z.ZodType<T>): z.ZodType<DeltaItem<T>> {
  return z.union([removal, item.transform((parsed) => ({ removed: false as const, item: parsed }))]);
}
