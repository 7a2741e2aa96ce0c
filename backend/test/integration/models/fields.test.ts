import mongoose from 'mongoose';
import { describe, expect, it } from 'vitest';
import type { Timestamps } from '../../../src/models/fields/paths.ts';
import { useTestDatabase } from '../../harness/database.ts';
import { builders } from './builders.ts';
import { plannedFields } from './plan-fields.ts';
import type { PlannedModel } from './planned-model.ts';
import { typesOf } from './schema-types.ts';

useTestDatabase();

/** What `a.0.b: value` looks like as an object: 0 is the first element of a list, which may need something `beside`. */
function nest(path: string, value: unknown, beside: PlannedModel['beside'] = {}): Record<string, unknown> {
  const [first = '', ...others] = path.split('.');
  if (others.length === 0) return { [first]: value };
  if (others.length === 1 && others[0] === '0') return { [first]: [value] };
  if (others[0] !== '0') return { [first]: nest(others.join('.'), value) };
  return { [first]: [{ ...beside[`${first}.0`], ...nest(others.slice(1).join('.'), value) }] };
}

const plans: [string, PlannedModel][] = Object.entries(plannedFields);

describe.each(plans)('%s', (name, plan) => {
  const nested = (path: string, value: unknown) => nest(path, value, plan.beside);
  const model = () => mongoose.model<Timestamps>(name);
  const build = (fields: object = {}) => {
    const builder = builders[name];
    if (builder === undefined) throw new Error(`${name} has no factory`);
    return builder(fields);
  };

  it('has the fields of the plan with their types, and no others', () => {
    expect(typesOf(model().schema)).toEqual(plan.types);
  });

  it('stores the defaults of the plan and nothing else that was not given', async () => {
    const { _id } = await build();

    const stored = await model().collection.findOne({ _id });

    const times = ['createdAt', 'updatedAt', ...(plan.nowByDefault ?? [])];
    expect(stored).toMatchObject(plan.defaults);
    expect(new Set(Object.keys(stored ?? {}))).toEqual(
      new Set(['_id', '__v', ...times, ...plan.required, ...(plan.given ?? []), ...Object.keys(plan.defaults)]),
    );
  });

  it.each(plan.nowByDefault ?? [])('takes the present as %s', async (field) => {
    const before = Date.now();
    const { _id } = await build({ [field]: undefined });

    const stored = await model().collection.findOne({ _id });

    expect(stored?.[field]).toBeInstanceOf(Date);
    expect(Number(stored?.[field])).toBeGreaterThanOrEqual(before);
    expect(Number(stored?.[field])).toBeLessThanOrEqual(Date.now());
  });

  it('notes when a row was made and when it was changed', async () => {
    const before = Date.now();
    const { _id } = await build();
    const made = await model().findById(_id).lean().orFail();
    await expect.poll(() => Date.now()).toBeGreaterThan(made.updatedAt.getTime());

    await model().updateOne({ _id }, { $set: { __v: 1 } });

    const changed = await model().findById(_id).lean().orFail();
    expect(made.createdAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(changed.createdAt).toEqual(made.createdAt);
    expect(changed.updatedAt.getTime()).toBeGreaterThan(made.updatedAt.getTime());
  });

  it.each(plan.required)('needs %s, on creation and on update', async (field) => {
    const { _id, ...given } = (await build()).toObject();
    const incomplete = new (model())({ ...given, [field]: undefined });
    const refusal = { name: 'ValidationError', errors: { [field]: { kind: 'required' } } };

    await expect(incomplete.save()).rejects.toMatchObject(refusal);
    await expect(model().updateOne({ _id }, { $unset: { [field]: 1 } })).rejects.toMatchObject(refusal);
  });

  it('needs nothing else', () => {
    expect(new Set(model().schema.requiredPaths())).toEqual(new Set(plan.required));
  });

  it.each(Object.entries(plan.enums))('takes every value of %s and refuses others', async (path, values) => {
    const wrong = { name: 'ValidationError' };
    const { _id } = await build();

    for (const value of values) {
      await expect(build(nested(path, value))).resolves.toBeDefined();
      await expect(model().updateOne({ _id }, { $set: nested(path, value) })).resolves.toMatchObject({
        matchedCount: 1,
      });
    }
    await expect(build(nested(path, 'bogus'))).rejects.toMatchObject(wrong);
    await expect(model().updateOne({ _id }, { $set: { [path]: 'bogus' } })).rejects.toMatchObject(wrong);
    await expect(model().updateMany({ _id }, { $set: nested(path, 'bogus') })).rejects.toMatchObject(wrong);
    await expect(model().findOneAndUpdate({ _id }, { $set: nested(path, 'bogus') })).rejects.toMatchObject(wrong);
  });

  it('refuses a field it does not know, on creation, update and in a filter', async () => {
    const wrong = { name: 'StrictModeError' };
    const { _id } = await build();

    await expect(build({ bogus: 1 })).rejects.toMatchObject(wrong);
    await expect(model().insertMany([{ bogus: 1 }])).rejects.toMatchObject(wrong);
    await expect(model().updateOne({ _id }, { bogus: 1 })).rejects.toMatchObject(wrong);
    await expect(model().updateMany({ _id }, { $set: { bogus: 1 } })).rejects.toMatchObject(wrong);
    await expect(model().findOneAndUpdate({ _id }, { $inc: { bogus: 1 } })).rejects.toMatchObject(wrong);
    await expect(model().findOne({ bogus: 1 })).rejects.toMatchObject(wrong);
  });

  const groups = new Set(
    Object.keys(plan.types)
      .filter((path) => path.includes('.'))
      .map((path) => path.slice(0, path.lastIndexOf('.')).replace('[]', '.0')),
  );
  it.each([...groups])('refuses a field it does not know in %s', async (group) => {
    const wrong = { message: expect.stringContaining('bogus') };
    const { _id } = await build();

    await expect(build(nested(`${group}.bogus`, 1))).rejects.toMatchObject(wrong);
    await expect(model().updateOne({ _id }, { $set: nested(`${group}.bogus`, 1) })).rejects.toMatchObject(wrong);
    await expect(model().updateOne({ _id }, { $set: { [`${group}.bogus`]: 1 } })).rejects.toMatchObject(wrong);
  });
});
