import { z } from 'zod';
import { importRules } from '../../rules/changes/import-rules.ts';
import { exportRules } from '../../rules/places/portable-rules.ts';
import { readOrdered } from '../../rules/stored-rules.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import { portableActions, portableConditions, triggerBody } from './rules.schemas.ts';
import { ruleName } from './rules-words.ts';
import { count, id, noSuchMailbox } from '../schemas.ts';

const tag = 'rules';

const portableRule = z.strictObject({
  name: ruleName,
  isEnabled: z.boolean(),
  conditions: portableConditions,
  actions: portableActions,
  trigger: triggerBody,
});

const rulesDocument = z
  .strictObject({
    format: z.literal('msedb-rules'),
    version: z.literal(1),
    rules: z.array(portableRule).max(1_000).describe('In the order in which they are tried'),
  })
  .meta({ id: 'RulesDocument' });

const importBody = z.strictObject({
  mailboxId: id,
  document: rulesDocument,
  enable: z
    .boolean()
    .default(false)
    .describe('true: enables the rules that were enabled when exported; otherwise none'),
});

const importResponse = z.object({
  created: z.array(z.object({ id, name: z.string(), isEnabled: z.boolean() })),
  skipped: z.array(z.string()).describe('Names of rules that the mailbox already has'),
  total: count,
});

/** Mounts export and import of rules. */
export function mountRuleTransfer(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/rules/export'],
    {
      summary: 'Export the rules of a mailbox',
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
      summary: 'Import rules into a mailbox, after its own: all or none. Folders are matched by id, or by name',
      tag,
      body: importBody,
      responses: {
        200: json(importResponse, 'The rules created and skipped'),
        404: noSuchMailbox,
        409: problem(
          'The mailbox would have too many rules; write_access_needed: MSEDB only looks at it, and rules were to be enabled',
        ),
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
