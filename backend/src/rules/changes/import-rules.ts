import { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import { closeIntents, openIntents } from '../../models/store/intent-log.ts';
import { Rule } from '../../models/index.ts';
import type { OwnedMailbox } from '../owned-mailbox.ts';
import type { StoredRule } from '../stored-rule.ts';
import { nextPriority, type RuleList } from '../rule-priority.ts';
import { requireRoom } from './create-rule.ts';
import { type PortableRule, type TranslatedRule, translateRules } from '../places/portable-rules.ts';
import { ruleIntent } from './rule-intent.ts';
import { writePriorities } from './complete-order.ts';
import { requireWriteAccess } from '../write-access.ts';
import { readOrdered } from '../stored-rules.ts';
import { isSameEffect, storedWords, wordsOf } from '../rule-definition.ts';
import { after, isNotIn } from '../../models/store/query-operators.ts';

const shownFaults = 50;

interface RuleImport {
  readonly mailbox: OwnedMailbox;
  readonly rules: readonly PortableRule[];
  /** Enables those that were enabled when they were exported; otherwise none. */
  readonly enable: boolean;
}

export interface ImportReport {
  readonly created: readonly StoredRule[];
  /** Names of the rules that the mailbox already has. */
  readonly skipped: readonly string[];
}

/**
 * Adds exported rules to a mailbox, after those it has: all or none. First all intents are written, then all rules with
 * one request; rules that a crash leaves out are created from their intents by `recoverRuleIntents`. A rule that does the same with the same mail as another is skipped.
 * @throws AppError 400 unknown_folder with all faults; 409 too_many_rules, write_access_needed; nothing is stored then
 */
export async function importRules({ mailbox, rules, enable }: RuleImport): Promise<ImportReport> {
  const { rules: translated, faults } = translateRules(rules, mailbox);
  if (faults.length > 0) throw refusal(faults);
  const list = { scope: 'user', userId: mailbox.userId, mailboxId: mailbox._id } as const;
  const { fresh, skipped } = sortOut(translated, await readOrdered(list));
  if (fresh.length === 0) return { created: [], skipped };
  if (enable && fresh.some(({ isEnabled }) => isEnabled)) await requireWriteAccess(mailbox._id);
  await requireRoom(list, fresh.length);
  const first = await nextPriority(list);
  const rows = fresh.map(({ words, isEnabled }, index) => ({
    _id: new Types.ObjectId(),
    ...list,
    ...storedWords(words),
    isEnabled: enable && isEnabled,
    version: 1,
    priority: first + index,
    createdBy: mailbox.userId,
  }));
  await insert(rows, mailbox);
  await placeBehindOthers(rows, list);
  const ids = new Set(rows.map(({ _id }) => _id.toString()));
  const created = (await readOrdered(list)).filter(({ _id }) => ids.has(_id.toString()));
  return { created, skipped };
}

function refusal(faults: readonly string[]): AppError {
  const others = faults.length > shownFaults ? [`and ${faults.length - shownFaults} more`] : [];
  return new AppError(400, 'unknown_folder', [...faults.slice(0, shownFaults), ...others].join('; '));
}

function sortOut(
  rules: readonly TranslatedRule[],
  stored: readonly StoredRule[],
): { readonly fresh: readonly TranslatedRule[]; readonly skipped: readonly string[] } {
  const known = stored.map((rule) => wordsOf(rule));
  const fresh: TranslatedRule[] = [];
  const skipped: string[] = [];
  for (const rule of rules) {
    if (known.some((words) => isSameEffect(words, rule.words))) {
      skipped.push(rule.words.name);
      continue;
    }
    known.push(rule.words);
    fresh.push(rule);
  }
  return { fresh, skipped };
}

type NewRow = Pick<
  StoredRule,
  '_id' | 'scope' | 'mailboxId' | 'name' | 'conditions' | 'actions' | 'trigger' | 'isEnabled' | 'version'
>;

async function insert(rows: readonly NewRow[], { userId }: OwnedMailbox): Promise<void> {
  const importId = new Types.ObjectId().toString();
  const by = userId.toString();
  const intents = rows.map((row) => {
    const { isEnabled, version } = row;
    const snapshot = { ...wordsOf(row), isEnabled, version };
    const intent = ruleIntent(row, { action: 'rule_created', by, before: null, after: snapshot, why: 'Imported' });
    return { ...intent, details: { ...intent.details, importId } };
  });
  const ids = await openIntents(intents);
  await insertAll(rows);
  await closeIntents(ids);
}

/** Other rules may have been reordered since the priorities of these were chosen. */
async function placeBehindOthers(
  rows: readonly (NewRow & { readonly priority: number })[],
  list: RuleList,
): Promise<void> {
  const first = rows[0]?.priority ?? 0;
  const others = { ...list, _id: isNotIn(rows.map(({ _id }) => _id)) };
  const behind = await Rule.exists({ ...others, priority: after(first) });
  if (behind !== null) await writePriorities(rows, list);
}

/** Skips rules that another process has created from their intents meanwhile. */
async function insertAll(rows: readonly NewRow[]): Promise<void> {
  try {
    await Rule.insertMany([...rows], { ordered: false });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}
