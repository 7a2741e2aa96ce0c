import { describe, expect, it } from 'vitest';
import { areStrangers, type DomainMember } from './strangers.ts';

const member = (address: string, changes: Partial<DomainMember> = {}): DomainMember => ({
  address,
  name: undefined,
  messages: 1,
  newsletters: 0,
  ...changes,
});
const people = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald'].map((name) => member(`${name}@x.example`));

describe('the senders of a domain', () => {
  it.each<[string, readonly DomainMember[]]>([
    ['six people, each with one message', people],
    ['the same, one of whom wrote often', [...people, member('tim@x.example', { messages: 40 })]],
    ['people of whom two share a name', [...people, member('ada2@x.example'), member('z@x.example', { name: 'Ada' })]],
  ])('are strangers: %s', (_name, members) => {
    expect(areStrangers(members)).toBe(true);
  });

  it.each<[string, readonly DomainMember[]]>([
    ['they are few', people.slice(0, 4)],
    ['most wrote again', people.map((one, index) => ({ ...one, messages: index < 4 ? 3 : 1 }))],
    ['a list brought their mail', people.map((one) => ({ ...one, newsletters: 1 }))],
    ['they have one name', people.map((one) => ({ ...one, name: 'The Shop' }))],
    [
      'only numbers tell their addresses apart',
      people.map((one, index) => ({ ...one, address: `no-reply${index}@x` })),
    ],
    ['only suffixes tell their addresses apart', people.map((one, index) => ({ ...one, address: `re+${index}ab@x` }))],
  ])('are no strangers: %s', (_name, members) => {
    expect(areStrangers(members)).toBe(false);
  });
});
