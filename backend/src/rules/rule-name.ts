import type { RuleAction, RuleConditions, RuleDraft } from './rule-draft.ts';
import { describeTrigger, triggerOf } from './trigger.ts';

const maxNameLength = 200;

/** Returns the display name of a folder by its id; undefined for an unknown one. */
export type FolderName = (folderId: string) => string | undefined;

/** Names a rule after what it does, such as "Move mail of news@example.com to Reading". */
export function nameRule(draft: Omit<RuleDraft, 'name'>, folderName: FolderName): string {
  const { conditions, action } = draft;
  const name =
    describeAction(action, describeMail(conditions, folderName), folderName) + describeTrigger(triggerOf(draft));
  return name.length <= maxNameLength ? name : `${name.slice(0, maxNameLength - 1)}…`;
}

function describeMail(conditions: RuleConditions, folderName: FolderName): string {
  const { senderEmail, senderDomain, subjectContains, subjectPattern, fromFolder, isNewsletter } = conditions;
  const { subjectPrefix, listId, isAutomated, olderThanDays } = conditions;
  const sender = senderEmail ?? senderDomain;
  return [
    ...(isAutomated === true ? ['automated'] : []),
    isNewsletter === true ? 'newsletters' : 'mail',
    ...(sender === undefined ? [] : [`of ${sender}`]),
    ...(listId === undefined ? [] : [`of the list ${listId}`]),
    ...(isNewsletter === false ? ['that is no newsletter'] : []),
    ...(isAutomated === false ? ['that a person wrote'] : []),
    ...(subjectPrefix === undefined ? [] : [`with a subject that begins with “${subjectPrefix}”`]),
    ...(subjectContains === undefined ? [] : [`with “${subjectContains}” in its subject`]),
    ...(subjectPattern === undefined ? [] : [`with the subject “${subjectPattern}”`]),
    ...(fromFolder === undefined ? [] : [`in ${folderName(fromFolder) ?? 'a folder'}`]),
    ...(olderThanDays === undefined ? [] : [`older than ${olderThanDays} ${olderThanDays === 1 ? 'day' : 'days'}`]),
  ].join(' ');
}

function describeAction({ actionType, toFolder, category }: RuleAction, mail: string, folderName: FolderName): string {
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
