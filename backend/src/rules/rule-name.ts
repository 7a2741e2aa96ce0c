import type { RuleAction, RuleConditions, RuleDraft } from './rule-draft.ts';

const maxNameLength = 200;

/**
 * A name that says what a rule does, such as "Move mail of news@example.com to Reading".
 * @param folderName what a folder is called; undefined for one that is not known
 */
export function nameRule(
  { conditions, action }: Omit<RuleDraft, 'name'>,
  folderName: (folderId: string) => string | undefined,
): string {
  const name = describeAction(action, describeMail(conditions, folderName), folderName);
  return name.length <= maxNameLength ? name : `${name.slice(0, maxNameLength - 1)}…`;
}

function describeMail(conditions: RuleConditions, folderName: (folderId: string) => string | undefined): string {
  const { senderEmail, senderDomain, subjectContains, subjectPattern, fromFolder, isNewsletter } = conditions;
  const sender = senderEmail ?? senderDomain;
  return [
    isNewsletter === true ? 'newsletters' : 'mail',
    ...(sender === undefined ? [] : [`of ${sender}`]),
    ...(isNewsletter === false ? ['that is no newsletter'] : []),
    ...(subjectContains === undefined ? [] : [`with “${subjectContains}” in its subject`]),
    ...(subjectPattern === undefined ? [] : [`with the subject “${subjectPattern}”`]),
    ...(fromFolder === undefined ? [] : [`in ${folderName(fromFolder) ?? 'a folder'}`]),
  ].join(' ');
}

function describeAction(
  { actionType, toFolder, category }: RuleAction,
  mail: string,
  folderName: (folderId: string) => string | undefined,
): string {
  switch (actionType) {
    case 'delete':
      return `Delete ${mail}`;
    case 'move':
      return `Move ${mail} to ${(toFolder === undefined ? undefined : folderName(toFolder)) ?? 'a folder'}`;
    case 'archive':
      return `Archive ${mail}`;
    case 'markRead':
      return `Mark ${mail} as read`;
    case 'flag':
      return `Flag ${mail}`;
    case 'categorize':
      return `Categorize ${mail}${category === undefined ? '' : ` as ${category}`}`;
    default:
      return actionType satisfies never;
  }
}
