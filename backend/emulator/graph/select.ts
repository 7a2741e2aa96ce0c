import { badRequest } from '../errors.ts';
import type { EmulatorRequest } from '../http/exchange.ts';
import type { PrivacyLedger } from '../ledgers/privacy.ts';
import { contentProperties, isMessageProperty } from './message-view.ts';

/**
 * The properties of a message that a read asks for. A read that names none, or names content, is entered in the
 * privacy ledger and refused, where Graph would answer it.
 * @throws 400
 */
export function selectedProperties(request: EmulatorRequest, privacy: PrivacyLedger): string[] {
  const names = namesIn(request.query.get('$select'));
  const content = [...names, ...namesIn(request.query.get('$expand'))].find((name) => contentProperties.has(name));
  const reason = content === undefined ? (names.length === 0 ? 'no $select' : undefined) : `asks for ${content}`;
  if (reason !== undefined) {
    privacy.refuse({ method: request.method, path: request.path, reason });
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

function namesIn(list: string | null): string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim().split(/[(/]/)[0] ?? '')
    .filter((name) => name !== '');
}
