import { z } from 'zod';
import { importRules } from '../../rules/import-rules.ts';
import { exportRules } from '../../rules/portable-rules.ts';
import { readOrdered } from '../../rules/stored-rules.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import { portableActions, portableConditions } from './rules.schemas.ts';
import { ruleName } from './rules-words.ts';
import { count, id, noSuchMailbox } from '../schemas.ts';

const tag = 'rules';

const portableRule = z.strictObject({
  name: ruleName,
  isEnabled: z.boolean(),
  conditions: portableConditions,
  actions: portableActions,
});

const rulesDocument = z.strictObject({
  format: z.literal('msedb-rules'),
  version: z.literal(1),
  rules: z.array(portableRule).max(1_000).describe('In the order in which they are tried'),
});

const importBody = z.strictObject({
  mailboxId: id,
  document: rulesDocument,
  enable: z.boolean().default(false).describe('true: those that were enabled where they come from; otherwise none'),
});

const importResponse = z.object({
  created: z.array(z.object({ id, name: z.string(), isEnabled: z.boolean() })),
  skipped: z.array(z.string()).describe('The names of those that do what a rule of the mailbox does already'),
  total: count,
});

/** Mounts how the rules of a mailbox are taken to another one. */
export function mountRuleTransfer(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/rules/export'],
    {
      summary: 'The rules of a mailbox as a document that another mailbox can import',
      tag,
      query: z.strictObject({ mailboxId: id }),
      responses: { 200: json(rulesDocument), 404: noSuchMailbox },
    },
    async ({ query: { mailboxId } }, { userId }) => {
      const mailbox = await readOwnedMailbox({ userId, mailboxId });
      const rules = exportRules(await readOrdered({ scope: 'user', userId, mailboxId }), mailbox);
      return { status: 200, body: { format: 'msedb-rules', version: 1, rules } };
    },
  );
  route(
    context,
    ['user', 'post', '/api/rules/import'],
    {
      summary:
        'Give a mailbox the rules of a document, after its own: all or none; folders are found by id, or by name',
      tag,
      body: importBody,
      responses: {
        200: json(importResponse, 'What was made of them'),
        404: noSuchMailbox,
        409: problem('There would be too many rules'),
      },
    },
    async ({ body: { mailboxId, document, enable } }, { userId }) => {
      const mailbox = await readOwnedMailbox({ userId, mailboxId });
      const { created, skipped } = await importRules({ mailbox, rules: document.rules, enable });
      const made = created.map(({ _id, name, isEnabled }) => ({ id: _id.toString(), name, isEnabled }));
      return { status: 200, body: { created: made, skipped: [...skipped], total: document.rules.length } };
    },
  );
}
