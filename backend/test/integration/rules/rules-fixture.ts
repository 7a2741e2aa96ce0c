import { AuditLog } from '../../../src/models/index.ts';
import type { Browser } from '../../harness/browser.ts';
import type { Person } from '../patterns/decisions/person.ts';

export const archive = { actionType: 'archive' } as const;
export const move = { actionType: 'move', toFolder: 'reading-id' } as const;
export const news = { senderEmail: 'news@example.com' };

/** What an answer has under a name. */
export function field(body: unknown, name: string): unknown {
  return Object(body)[name];
}

/** Writes a rule to archive the mail of news@example.com, unless told otherwise. @returns its path */
export async function writeRule({ browser, mailboxId }: Person, fields: object = {}): Promise<string> {
  const rule = { mailboxId, conditions: news, actions: [archive], ...fields };
  const { status, body } = await browser.write('POST', '/api/rules', rule);
  if (status !== 201) throw new Error(`The rule was refused: ${JSON.stringify(body)}`);
  return `/api/rules/${String(field(body, 'id'))}`;
}

export const ruleIdOf = (path: string) => path.slice('/api/rules/'.length);

/** The names of the rules that somebody sees, in their order. */
export async function namesOf(browser: Browser, query = ''): Promise<string[]> {
  const { body } = await browser.once(`/api/rules${query}`);
  return [field(body, 'items')].flat().map((rule) => String(field(rule, 'name')));
}

/** What the audit log says of a rule, in the order it happened. */
export function auditOfRule(path: string) {
  return AuditLog.find({ targetType: 'rule', targetId: ruleIdOf(path) })
    .sort({ createdAt: 1 })
    .lean();
}
