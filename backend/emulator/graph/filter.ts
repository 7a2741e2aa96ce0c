import { badRequest } from '../errors.ts';
import type { Message } from '../mailbox/message.ts';

export type Filter = (message: Message) => boolean;

const clausePattern = /^(\S+) (eq|ne|ge|gt|le|lt) (.+)$/;

/**
 * Reads `$filter`: clauses joined by `and`, on receivedDateTime, isRead, the sender's address, subject, or internetMessageId.
 * @throws 400 on anything else
 */
export function parseFilter(text: string | null): Filter {
  if (text === null || text.trim() === '') return () => true;
  const clauses = text.split(' and ').map((clause) => parseClause(clause.trim()));
  return (message) => clauses.every((clause) => clause(message));
}

/** As `parseFilter`, of the one form that delta takes: `receivedDateTime ge …` or `gt …`. @throws 400 */
export function parseDeltaFilter(text: string | null): Filter {
  if (text !== null && !/^receivedDateTime\+?\s*(ge|gt)\s*\S+$/.test(text.trim())) {
    throw badRequest(
      'The only supported $filter expressions are receivedDateTime ge and receivedDateTime gt.',
      'ErrorInvalidUrlQueryFilter',
    );
  }
  return parseFilter(text);
}

function parseClause(clause: string): Filter {
  const [, property, operator, value] = clausePattern.exec(clause) ?? [];
  if (property === 'receivedDateTime' && operator !== undefined && value !== undefined) {
    return timeFilter(operator, Date.parse(value));
  }
  if (property === 'isRead' && operator === 'eq') return ({ isRead }) => String(isRead) === value;
  const text = /^'(.*)'$/.exec(value ?? '')?.[1];
  if (operator === 'eq' && text !== undefined) {
    if (property === 'from/emailAddress/address')
      return ({ from }) => from.address.toLowerCase() === text.toLowerCase();
    if (property === 'subject') return ({ subject }) => subject === text.replaceAll("''", "'");
    if (property === 'internetMessageId') return ({ internetMessageId }) => internetMessageId === text;
  }
  throw badRequest(`Invalid filter clause: ${clause}`, 'ErrorInvalidUrlQueryFilter');
}

function timeFilter(operator: string, time: number): Filter {
  if (Number.isNaN(time))
    throw badRequest('The time in the filter is not an ISO 8601 time.', 'ErrorInvalidUrlQueryFilter');
  switch (operator) {
    case 'ge':
      return ({ receivedAtMs }) => receivedAtMs >= time;
    case 'gt':
      return ({ receivedAtMs }) => receivedAtMs > time;
    case 'le':
      return ({ receivedAtMs }) => receivedAtMs <= time;
    case 'lt':
      return ({ receivedAtMs }) => receivedAtMs < time;
    default:
      return ({ receivedAtMs }) => (receivedAtMs === time) === (operator === 'eq');
  }
}
