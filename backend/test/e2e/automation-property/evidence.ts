import type { Types } from 'mongoose';
import { z } from 'zod';
import type { TruthEntry } from '../../../emulator/ledgers/truth.ts';
import {
  AuditLog,
  EmailEvent,
  type IEmailEvent,
  type IStagedEmail,
  MessageState,
  Rule,
  StagedEmail,
} from '../../../src/models/index.ts';
import type { MailboxFixture } from './mailbox-fixture.ts';

const change = z.object({
  folderId: z.string().exactOptional(),
  isRead: z.boolean().exactOptional(),
  flagStatus: z.string().exactOptional(),
  categories: z.array(z.string()).exactOptional(),
});
export type Change = z.output<typeof change>;

const details = z.looseObject({
  cause: z.string(),
  result: z.string().optional(),
  finishedAt: z.coerce.date().optional(),
  before: change,
  change,
  intended: change.optional(),
  runId: z.string().optional(),
});

/** An act of the service on a message, as the audit log records it. */
export interface WrittenAct {
  readonly id: string;
  readonly action: string;
  readonly messageId: string;
  readonly createdAt: number;
  readonly isOpen: boolean;
  readonly undoable: boolean;
  readonly isUndone: boolean;
  readonly details: z.output<typeof details>;
}

/** Everything that the invariants are checked against. */
export interface Evidence {
  readonly fixture: MailboxFixture;
  /** The changes that really happened, in order. */
  readonly truth: readonly TruthEntry[];
  readonly acts: readonly WrittenAct[];
  readonly events: readonly (IEmailEvent & { readonly _id: Types.ObjectId })[];
  readonly staged: readonly (IStagedEmail & { readonly _id: Types.ObjectId })[];
  /** Ids of the enabled rules. */
  readonly rulesInForce: ReadonlySet<string>;
  /** State of the automation, by message id. */
  readonly automation: ReadonlyMap<string, string>;
}

export async function readEvidence(fixture: MailboxFixture): Promise<Evidence> {
  const { owner } = fixture;
  const rules = await Rule.find({ ...owner, isEnabled: true }, '_id').lean();
  const states = await MessageState.find(owner).lean();
  return {
    fixture,
    truth: fixture.service.microsoft.truth.entries({ mailbox: fixture.person.email }),
    acts: await readActs(fixture),
    events: await EmailEvent.find(owner).lean(),
    staged: await StagedEmail.find(owner).lean(),
    rulesInForce: new Set(rules.map(({ _id }) => _id.toString())),
    automation: new Map(states.map(({ messageId, automation }) => [messageId, automation])),
  };
}

/** Returns the acts on messages, oldest first. */
async function readActs({ owner }: Pick<MailboxFixture, 'owner'>): Promise<WrittenAct[]> {
  const rows = await AuditLog.find({ ...owner, targetType: 'email' })
    .sort({ createdAt: 1, _id: 1 })
    .lean();
  return rows.map((row) => ({
    id: row._id.toString(),
    action: row.action,
    messageId: row.targetId ?? '',
    createdAt: row.createdAt.getTime(),
    isOpen: row.openSince !== undefined,
    undoable: row.undoable,
    isUndone: row.undoneAt !== undefined,
    details: details.parse(row.details),
  }));
}
