import { accessDenied, badRequest } from '../errors.ts';
import { type GraphContext, isBasic } from './context.ts';
import { contentProperties, isMessageProperty } from './message-view.ts';

/**
 * The properties of a message that a read asks for. A read that names none, or names content, is entered in the
 * privacy ledger and refused, where Graph would answer it.
 * @throws 400; 403 for content and extended properties when the token has Mail.ReadBasic alone
 */
export function selectedProperties({ request, privacy, token }: GraphContext): string[] {
  const names = namesIn(request.query.get('$select'));
  const wanted = [...names, ...namesIn(request.query.get('$expand'))];
  const content = wanted.find((name) => contentProperties.has(name));
  if (isBasic(token) && wanted.some((name) => extendedProperties.has(name))) throw accessDenied();
  const reason = content === undefined ? (names.length === 0 ? 'no $select' : undefined) : `asks for ${content}`;
  if (reason !== undefined) {
    privacy.refuse({ method: request.method, path: request.path, reason });
    if (content !== undefined && isBasic(token)) throw accessDenied();
    throw badRequest(`The emulator refuses to serve content: this read ${reason}.`, 'EmulatorPrivacyRefused');
  }
  const unknown = names.find((name) => !isMessageProperty(name));
  if (unknown !== undefined) {
    throw badRequest(
      `Could not find a property named '${unknown}' on type 'microsoft.graph.message'.`,
      'RequestBroker--ParseUri',
    );
  }
  return names.filter((name) => name !== 'id');
}

/** Beside content, what Mail.ReadBasic does not give. */
const extendedProperties: ReadonlySet<string> = new Set([
  'singleValueExtendedProperties',
  'multiValueExtendedProperties',
  'extensions',
]);

function namesIn(list: string | null): string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim().split(/[(/]/)[0] ?? '')
    .filter((name) => name !== '');
}
