import type { EmulatorReply } from '../http/exchange.ts';
import { type GraphContext, requireScope } from './context.ts';

/** GET me. */
export function getMe(context: GraphContext): EmulatorReply {
  requireScope(context, ['User.Read', 'User.ReadWrite']);
  const { person, request } = context;
  const [givenName = '', ...rest] = person.name.split(' ');
  const whole: Readonly<Record<string, unknown>> = {
    id: person.oid,
    businessPhones: [],
    displayName: person.name,
    givenName,
    jobTitle: null,
    mail: person.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: rest.join(' '),
    userPrincipalName: person.userPrincipalName,
  };
  const selected = request.query
    .get('$select')
    ?.split(',')
    .map((name) => name.trim());
  const fields =
    selected === undefined ? whole : Object.fromEntries(selected.map((name) => [name, whole[name] ?? null]));
  context.privacy.servedOther('user', [fields]);
  return { status: 200, body: { '@odata.context': `${request.origin}/v1.0/$metadata#users/$entity`, ...fields } };
}
