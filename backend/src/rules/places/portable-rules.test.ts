import { describe, expect, it } from 'vitest';
import { type PortableRule, translateRules } from './portable-rules.ts';

const folders = [
  { id: 'inbox', displayName: 'Inbox', kind: 'inbox' as const },
  { id: 'bills', displayName: 'Bills', parentFolderId: 'root' },
  { id: 'old', displayName: '2024', parentFolderId: 'bills' },
  { id: 'other', displayName: '2024', parentFolderId: 'inbox' },
  { id: 'sent', displayName: 'Sent', kind: 'sent' as const },
  { id: 'staging', displayName: 'MSEDB Staging' },
];
const mailbox = { folders, stagingFolderId: 'staging' };

function moveTo(id: string, path: string[]): PortableRule {
  return {
    name: 'Rule',
    isEnabled: true,
    conditions: { subjectContains: 'x' },
    actions: [{ actionType: 'move', toFolder: { id, path } }],
  };
}

describe('a rule of another mailbox', () => {
  it.each([
    ['old', ['Somewhere']],
    ['elsewhere', ['Bills', '2024']],
    ['elsewhere', ['bills', '2024']],
  ])('finds a folder by its id (%s), or else by the names down to it (%o)', (id, path) => {
    const { rules, faults } = translateRules([moveTo(id, path)], mailbox);

    expect(faults).toEqual([]);
    expect(rules[0]?.words.actions).toEqual([{ actionType: 'move', toFolder: 'old' }]);
  });

  it.each([[['2024']], [['Bills', '2023']], [[]]])('finds no folder by %o', (path) => {
    expect(translateRules([moveTo('elsewhere', path)], mailbox).faults).toHaveLength(1);
  });

  it('finds a folder below a built-in one, whose name is of another language', () => {
    const rule = moveTo('elsewhere', ['Posteingang', '2024']);
    const actions = [
      {
        actionType: 'move' as const,
        toFolder: { id: 'elsewhere', path: ['Posteingang', '2024'], kind: 'inbox' as const },
      },
    ];

    expect(translateRules([rule], mailbox).faults).toHaveLength(1);
    expect(translateRules([{ ...rule, actions }], mailbox).rules[0]?.words.actions).toEqual([
      { actionType: 'move', toFolder: 'other' },
    ]);
  });

  it.each(['sent', 'staging'])('finds no use for the folder %s', (id) => {
    expect(translateRules([moveTo(id, [])], mailbox).faults).toEqual([
      'rules[0] “Rule”: toFolder: rules cannot use this folder',
    ]);
  });

  it('tells of all that is wrong, and of which rule', () => {
    const { faults } = translateRules([moveTo('x', ['A']), moveTo('old', []), moveTo('y', ['B', 'C'])], mailbox);

    expect(faults).toEqual([
      'rules[0] “Rule”: toFolder: the mailbox has no folder A',
      'rules[2] “Rule”: toFolder: the mailbox has no folder B/C',
    ]);
  });
});
