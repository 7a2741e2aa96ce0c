import type { FilterQuery } from 'mongoose';
import { defined } from '../../lib/defined.ts';
import { AuditLog, type IStagedEmail, StagedEmail } from '../../models/index.ts';
import { type MessageSummary, readMessageSummaries } from '../../models/store/message-summaries.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';
import type { StagedRow } from './staged-row.ts';
import { after, isIn } from '../../models/store/query-operators.ts';

interface StagedFilter {
  readonly userId: string;
  readonly mailboxId?: string | undefined;
  readonly statuses: readonly IStagedEmail['status'][];
}

/** A position in the list: right after the row with this expiry and id. */
interface StagedCursor {
  readonly timestamp: Date;
  readonly id: string;
}

/** A staged message with the data that a list shows of it. */
export interface ListedRow {
  readonly row: StagedRow;
  readonly message: MessageSummary | undefined;
  /** The rule's name at the time of staging. */
  readonly ruleName: string | undefined;
  /** Why it was staged, in words. */
  readonly why: string | undefined;
}

interface StagedPage {
  readonly items: readonly ListedRow[];
  /** The start of the next page; missing on the last page. */
  readonly next?: StagedCursor;
}

/** Returns one page of a user's staged mail, soonest deletion first. @throws AppError 503 too_much */
export async function listStaged(
  filter: StagedFilter,
  { limit, after: cursor }: { readonly limit: number; readonly after?: StagedCursor | undefined },
): Promise<StagedPage> {
  const query = StagedEmail.find(toQuery(filter, cursor))
    .sort({ expiresAt: 1, _id: 1 })
    .limit(limit + 1)
    .maxTimeMS(queryTimeoutMs)
    .lean<StagedRow[]>();
  const rows = await withQueryTimeout(query.exec());
  const shown = rows.slice(0, limit);
  const items = await describe(filter.userId, shown);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: { timestamp: last.expiresAt, id: last._id.toHexString() } };
}

function toQuery(
  { userId, mailboxId, statuses }: StagedFilter,
  cursor: StagedCursor | undefined,
): FilterQuery<IStagedEmail> {
  return {
    ...defined<{ userId: string; mailboxId?: string }>({ userId, mailboxId }),
    status: isIn(statuses),
    ...(cursor === undefined
      ? {}
      : {
          $or: [{ expiresAt: after(cursor.timestamp) }, { expiresAt: cursor.timestamp, _id: after(cursor.id) }],
        }),
  };
}

async function describe(userId: string, rows: readonly StagedRow[]): Promise<ListedRow[]> {
  const auditIds = isIn(rows.map(({ auditId }) => auditId));
  const [messageOf, acts] = await Promise.all([
    readMessageSummaries(userId, rows),
    AuditLog.find({ _id: auditIds, userId }, 'details.ruleName details.why').lean(),
  ]);
  const reasons = new Map(acts.map(({ _id, details }) => [_id.toHexString(), details]));
  return rows.map((row) => {
    const reason = reasons.get(row.auditId.toHexString());
    return { row, message: messageOf(row), ruleName: textOf(reason?.['ruleName']), why: textOf(reason?.['why']) };
  });
}

function textOf(fact: unknown): string | undefined {
  return typeof fact === 'string' ? fact : undefined;
}
