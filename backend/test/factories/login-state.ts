import type { HydratedDocument } from 'mongoose';
import { hourMs } from '../../src/lib/durations.ts';
import { type ILoginState, LoginState } from '../../src/models/index.ts';
import { nextNumber } from './sequence.ts';

/** Stores a sign-in that was begun. */
export function buildLoginState(fields: Partial<ILoginState> = {}): Promise<HydratedDocument<ILoginState>> {
  return LoginState.create({
    stateHash: `hash-${nextNumber()}`,
    purpose: 'sign-in',
    bindingHash: 'binding',
    codeVerifier: 'verifier',
    nonce: 'nonce',
    expiresAt: new Date(Date.now() + hourMs),
    ...fields,
  });
}
