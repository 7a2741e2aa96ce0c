/** A sender of a domain, with the number of their messages. */
export interface DomainMember {
  /** In canonical form. */
  readonly address: string;
  readonly name: string | undefined;
  readonly messages: number;
  /** Messages of a list among them. */
  readonly newsletters: number;
}

/** Fewer senders show nothing. */
const leastMembers = 5;
const leastShareOfSingles = 0.8;
/** Of the messages that a list brought, or of the senders with one name: so many show that the domain has one sender. */
const leastShareInCommon = 0.5;

/**
 * Tells whether the senders of a domain have nothing in common but their mail provider: at least five senders, of whom
 * at least 80 % sent one message each, less than half of the mail from lists, and less than half of the senders with the
 * same name. Knows the providers that no list has; the limits are a choice.
 */
export function areStrangers(members: readonly DomainMember[]): boolean {
  if (members.length < leastMembers) return false;
  const singles = members.filter(({ messages }) => messages === 1).length;
  if (singles < leastShareOfSingles * members.length) return false;
  const messages = sum(members.map((member) => member.messages));
  if (sum(members.map(({ newsletters }) => newsletters)) >= leastShareInCommon * messages) return false;
  return mostFrequent(members.map(nameOf)) < leastShareInCommon * members.length;
}

/** Without a name, the address up to the @ stands for it, without its suffix and the numbers that programs vary. */
function nameOf({ name, address }: DomainMember): string {
  const shown = name?.normalize('NFKC').trim().toLowerCase() ?? '';
  if (shown !== '') return shown;
  const [local = ''] = address.split(/[+@]/u);
  return local.replace(/[\d._-]/gu, '');
}

function mostFrequent(names: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Math.max(...counts.values());
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
