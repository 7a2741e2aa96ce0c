import { consumersTenant } from '../entra/discovery.ts';
import { accessDenied } from '../errors.ts';
import { guidOf } from '../ids.ts';
import type { EmulatorReply } from '../http/exchange.ts';
import { type GraphContext, contextUrl, requireScope } from './context.ts';

/** GET mailFolders/inbox/messageRules: the rules that the person has in Exchange; personal accounts have no access. */
export function listMessageRules(context: GraphContext): EmulatorReply {
  if (context.person.tid === consumersTenant) throw accessDenied();
  requireScope(context, ['MailboxSettings.Read', 'MailboxSettings.ReadWrite']);
  const value = context.person.does.rules.map((rule, index) => ({
    id: Buffer.from(guidOf(`${context.person.oid}/rule/${index}`))
      .toString('base64url')
      .slice(0, 12),
    displayName: rule.displayName,
    sequence: rule.sequence ?? index + 1,
    isEnabled: rule.isEnabled ?? true,
    hasError: false,
    isReadOnly: false,
    conditions: rule.conditions ?? {},
    actions: rule.actions ?? {},
  }));
  context.privacy.servedOther('messageRule', value);
  return { status: 200, body: { '@odata.context': contextUrl(context, "mailFolders('inbox')/messageRules"), value } };
}
