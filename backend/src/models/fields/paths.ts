import type { Schema, Types } from 'mongoose';

/** Written by Mongoose on every save and update. */
export interface Timestamps {
  createdAt: Date;
  updatedAt: Date;
}

/** Options of every collection: timestamps, and a field nobody declared is an error instead of being dropped. */
export const documentOptions = { timestamps: true, strict: 'throw' } as const;

/** Options of every group of fields inside a document: a group is no document, so it has no id. */
export const groupOptions = { _id: false, strict: 'throw' } as const;

/**
 * What a schema for `T` declares: each field of `T` with the type `T` gives it, and nothing else.
 * A field that is always there is required or has a default (lists are empty by default); an optional one is neither.
 */
export type Paths<T> = {
  [K in Exclude<keyof T, keyof Timestamps>]-?: Pick<T, K> extends Required<Pick<T, K>>
    ? Always<T[K]>
    : Sometimes<NonNullable<T[K]>>;
};

type Always<V> = Path<V> & (V extends readonly unknown[] ? unknown : { required: true } | { default: Default<V> });
type Sometimes<V> = Path<V> & { required?: never; default?: never };

/** Objects are made anew for each document; a group is given as the empty object, its own defaults fill it. */
type Default<V> = V extends Date | Map<string, string> ? () => V : V extends object ? () => Partial<V> : V;

/** The declaration of one value. Dates, ids, maps and lists are objects too, so groups come last. */
type Path<V> = [V] extends [string]
  ? StringPath<V>
  : [V] extends [number]
    ? { type: typeof Number; min?: number; max?: number }
    : [V] extends [boolean]
      ? { type: typeof Boolean }
      : V extends Date
        ? { type: typeof Date }
        : V extends Types.ObjectId
          ? IdPath
          : V extends Map<string, string>
            ? { type: typeof Map; of: typeof String }
            : V extends (infer E)[]
              ? ListPath<E>
              : GroupPath<V>;

/** A union of literals is declared with the tuple it comes from. */
type StringPath<V extends string> = string extends V
  ? { type: typeof String; lowercase?: true; trim?: true }
  : { type: typeof String; enum: readonly V[] };

interface IdPath {
  type: typeof Schema.Types.ObjectId;
  ref?: string;
}

interface ListPath<E> {
  type: [[E] extends [string] ? StringPath<E> : E extends Types.ObjectId ? IdPath : Schema<E>];
  validate?: { validator: (list: readonly E[]) => boolean; message: string };
}

/** An open record is Mixed; anything else has a schema of its own. */
type GroupPath<V> = string extends keyof V ? { type: typeof Schema.Types.Mixed } : { type: Schema<V> };
