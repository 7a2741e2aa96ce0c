import { Schema, type SchemaType } from 'mongoose';

const ofMongoose = new Set(['_id', '__v', 'createdAt', 'updatedAt']);

/** Every field of a schema with its type (and what it refers to), in the notation of the planned fields. */
export function typesOf(schema: Schema, prefix = ''): Record<string, string> {
  const types: Record<string, string> = {};
  schema.eachPath((path, type) => {
    if (!ofMongoose.has(path) && !path.endsWith('.$*')) Object.assign(types, typesOfPath(prefix + path, type));
  });
  return types;
}

function typesOfPath(path: string, type: SchemaType): Record<string, string> {
  if (type instanceof Schema.Types.Subdocument) return typesOf(type.schema, `${path}.`);
  if (type instanceof Schema.Types.DocumentArray) return typesOf(type.schema, `${path}[].`);
  if (type instanceof Schema.Types.Array) return { [`${path}[]`]: String(type.caster?.instance) };
  const { ref } = type.options;
  return { [path]: ref === undefined ? type.instance : `${type.instance}:${ref}` };
}
