import { z } from 'zod';
import { readFaultReasons } from '../../models/fields/watching.ts';
import type { MailboxState } from '../../observation/states/mailbox-state.ts';
import { count, moment } from '../schemas.ts';

const mustAct = z
  .enum(['owner', 'tenant_admin', 'admin', 'operator'])
  .nullable()
  .describe(
    'Who must act: the owner, an administrator of Microsoft 365, an admin of MSEDB, or its operator; null: it passes',
  );
const explanation = z.string().describe('The reason and what to do, in sentences');
const since = moment.nullable().describe('null: not recorded');
const code = z.string().nullable().describe('Code of Microsoft, for the operator; null: none');
const seenUntil = moment.describe('All changes up to this time are known');

/** The state of a mailbox: one of seven. */
export const mailboxStateResponse = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('watching_live'), seenUntil }),
    z.object({ kind: z.literal('watching_interval'), seenUntil, intervalSeconds: count }),
    z.object({ kind: z.literal('first_reading') }),
    z.object({ kind: z.literal('paused'), seenUntil, by: z.enum(['mailbox', 'user', 'both']) }),
    z.object({
      kind: z.literal('disconnected'),
      by: z.enum(['owner', 'admin', 'microsoft', 'service']),
      reason: z.enum(['sign_in_required', 'tokens_unreadable', 'by_user', 'owner_deactivated', 'not_connected']),
      since,
      mustAct,
      explanation,
    }),
    z.object({
      kind: z.literal('cannot_be_read'),
      reason: z.enum(readFaultReasons),
      since,
      mustAct,
      explanation,
      code,
    }),
    z.object({
      kind: z.literal('behind'),
      reason: z.enum(['failing', 'folders', 'reading', 'late']),
      since,
      seenUntil: seenUntil.nullable().describe('All changes up to this time are known; null: none yet'),
      behindSeconds: count.nullable().describe('Time since seenUntil'),
      folders: count.nullable().describe('Number of folders that cannot be read, for reason folders'),
      mustAct,
      explanation,
      code,
    }),
  ])
  .describe(
    'watching_live: changes are reported at once; watching_interval: they are looked for; first_reading: see ' +
      'sync.progress; paused: watched, but nothing is written',
  );

/** Presents the state of a mailbox. @param now milliseconds since the epoch */
export function presentState(state: MailboxState, now: number): z.output<typeof mailboxStateResponse> {
  switch (state.kind) {
    case 'first_reading':
      return state;
    case 'watching_live':
    case 'watching_interval':
    case 'paused':
      return { ...state, seenUntil: state.seenUntil.toISOString() };
    case 'disconnected':
      return { ...state, since: textOf(state.since) };
    case 'cannot_be_read':
      return { ...state, since: textOf(state.since), code: state.code ?? null };
    case 'behind': {
      const behindMs = state.seenUntil === undefined ? undefined : Math.max(0, now - state.seenUntil.getTime());
      return {
        ...state,
        since: textOf(state.since),
        seenUntil: textOf(state.seenUntil),
        behindSeconds: behindMs === undefined ? null : Math.round(behindMs / 1_000),
        folders: state.folders ?? null,
        code: state.code ?? null,
      };
    }
    default:
      return state satisfies never;
  }
}

function textOf(date: Date | undefined): string | null {
  return date?.toISOString() ?? null;
}
