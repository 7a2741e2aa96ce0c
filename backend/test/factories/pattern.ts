import type { HydratedDocument } from 'mongoose';
import { type IPattern, Pattern } from '../../src/models/index.ts';
import { ownerOf } from './owner.ts';
import { nextNumber } from './sequence.ts';

/** Stores a pattern of one sender, and its mailbox unless one is given. */
export async function buildPattern(fields: Partial<IPattern> = {}): Promise<HydratedDocument<IPattern>> {
  const owner = await ownerOf(fields);
  const known = { patternType: 'sender', key: `key-${nextNumber()}`, confidence: 81, sampleSize: 16 } as const;
  return Pattern.create({ ...owner, ...known, ...fields });
}
