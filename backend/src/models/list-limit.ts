import { Error as MongooseError, type Schema, type UpdateQuery } from 'mongoose';

/**
 * Refuses updates that add to the list `path` without `$slice` of at most `max`: an update does not see how long the
 * stored list is. (A list given as a whole is the validator's part.) The query rejects with a `ValidationError`.
 */
export function limitListPushes(schema: Schema, path: string, max: number): void {
  schema.pre(['updateOne', 'updateMany', 'findOneAndUpdate'], { document: false, query: true }, function check() {
    const update = this.getUpdate();
    if (update === null || Array.isArray(update)) return;
    if (!addsUnbounded(update, path, max)) return;

    const refusal = new MongooseError.ValidationError();
    const message = `Adding to ${path} needs $slice of at most ${max}`;
    refusal.addError(path, new MongooseError.ValidatorError({ path, message, type: 'maxItems' }));
    throw refusal;
  });
}

function addsUnbounded(update: UpdateQuery<unknown>, path: string, max: number): boolean {
  if (update.$addToSet?.[path] !== undefined) return true;
  const push: unknown = update.$push?.[path];
  if (push === undefined) return false;
  const slice = typeof push === 'object' && push !== null && '$slice' in push ? push.$slice : undefined;
  return typeof slice !== 'number' || Math.abs(slice) > max;
}
