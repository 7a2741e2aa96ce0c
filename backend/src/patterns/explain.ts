import type { IPattern } from '../models/index.ts';
import type { FolderName } from '../rules/rule-name.ts';

/** A pattern in words and numbers, one or two sentences each. */
export interface Explanation {
  /** The observation: k of n messages. */
  readonly finding: string;
  /** The confidence and the threshold. */
  readonly certainty: string;
  /** The exceptions. */
  readonly exceptions: string;
  /** The effect of an approval. */
  readonly consequence: string;
}

type Explained = Pick<
  IPattern,
  | 'condition'
  | 'suggestedAction'
  | 'trigger'
  | 'confidence'
  | 'lowerBound'
  | 'tier'
  | 'needed'
  | 'sampleSize'
  | 'exceptionCount'
  | 'openedCount'
  | 'openedUnknownCount'
  | 'threshold'
  | 'blockers'
  | 'status'
> & { readonly evidence: readonly { readonly isException?: boolean; readonly foundInPlace?: boolean }[] };

interface Wording {
  readonly past: string;
  readonly future: string;
}

/** Explains a pattern to its owner. @param folderName returns the name of a folder; undefined for an unknown one */
export function explainPattern(pattern: Explained, folderName: FolderName): Explanation {
  const mail = describeMail(pattern.condition ?? {}, folderName);
  const action = wordingOf(pattern.suggestedAction ?? {}, folderName, pattern.tier === 'likely');
  const { sampleSize, exceptionCount } = pattern;
  const followed = sampleSize - exceptionCount;
  return {
    finding: `You ${action.past} ${followed} of ${sampleSize} ${sampleSize === 1 ? 'message' : 'messages'} ${mail}${pattern.trigger === 'onRead' ? ', after you had read them' : ''}.${describeOpened(pattern)}${describePlacements(pattern)}`,
    certainty: describeCertainty(pattern),
    exceptions: describeExceptions(exceptionCount, sampleSize),
    consequence: `If you approve, every new message ${mail} ${action.future}${pattern.trigger === 'onRead' ? ' once you have read it' : ''}. You can undo each action and disable the rule at any time.`,
  };
}

const obstacles: Readonly<Record<Explained['blockers'][number], string>> = {
  bound: 'it is not sure enough yet',
  recent: 'you treat the newest such mail differently',
  exceptions: 'it has too many exceptions',
  chance: 'among all tested patterns, it may be chance',
  opened: 'you open this mail first, or may have, and a rule would put it away before you have seen it',
  protected: 'you write to this sender, or it is on a whitelist',
  covered: 'another pattern suggests the same for more mail',
  target: 'its folder no longer exists, or lies below Deleted Items',
};

function waiting(needed: number | undefined): string {
  return needed === undefined ? obstacles.bound : `${obstacles.bound}: ${needed} more of the same and it is suggested`;
}

function describeObstacles({ status, blockers, needed }: Explained): string {
  if (status !== 'detected' || blockers.length === 0) return '';
  const reasons = blockers.map((blocker) => (blocker === 'bound' ? waiting(needed) : obstacles[blocker]));
  return ` Not suggested: ${reasons.join('; ')}.`;
}

function describeCertainty(pattern: Explained): string {
  return `${describeForecast(pattern)}${describeThreshold(pattern)}${describeTier(pattern)}${describeObstacles(pattern)}`;
}

function describeForecast({ confidence, lowerBound, sampleSize, exceptionCount, trigger }: Explained): string {
  const followed = `${sampleSize - exceptionCount} of ${sampleSize}`;
  // in older rows the confidence is the lower bound
  if (lowerBound === undefined)
    return `${followed} did: at least ${percent(confidence)} is sure (95 % Wilson interval).`;
  return `About ${Math.floor(confidence)} of the next 100 are expected to go the same way${trigger === 'onRead' ? '' : ', unopened'}; from ${followed} at least ${percent(lowerBound)} is sure (95 % Wilson interval, recent messages weigh more).`;
}

function describeThreshold({ confidence, threshold }: Explained): string {
  if (threshold === undefined) return '';
  const comparison = confidence >= threshold ? 'which is reached' : 'which is not reached';
  return ` A suggestion needs ${threshold.toFixed(1).replace('.0', '')}, ${comparison}.`;
}

function describeTier({ status, tier }: Explained): string {
  if (status !== 'suggested') return '';
  return tier === 'likely' ? ' It is likely, not sure: look at the examples before you approve.' : '';
}

function describeExceptions(exceptions: number, seen: number): string {
  if (exceptions === 0) return 'There were no exceptions.';
  const each = exceptions === 1 ? 'There was 1 exception' : `There were ${exceptions} exceptions`;
  return `${each}, about ${Math.round((1000 * exceptions) / seen)} in 1,000 messages.`;
}

function describeOpened({ trigger, openedCount: opened = 0, openedUnknownCount: unknown = 0 }: Explained): string {
  if (opened + unknown === 0 || trigger === 'onRead') return '';
  if (opened === 0) return ` For ${unknown} of them it is not known if you opened them first.`;
  return ` You opened ${opened} of them first${unknown === 0 ? '' : `; for ${unknown} more this is not known`}.`;
}

function describePlacements({ evidence }: Explained): string {
  const placed = evidence.filter(({ foundInPlace }) => foundInPlace === true).length;
  if (placed === 0) return '';
  const of = placed === evidence.length ? 'The newest' : `Of the newest ${evidence.length}, ${placed}`;
  return ` ${of} were there before monitoring began and are classified by their current folder.`;
}

function describeMail(condition: NonNullable<IPattern['condition']>, folderName: FolderName): string {
  const { senderEmail, senderDomain, fromFolder, subjectPattern, subjectPrefix, listId, isNewsletter } = condition;
  return [
    `from ${senderEmail ?? (senderDomain === undefined ? 'anybody' : `anybody at ${senderDomain}`)}`,
    ...(listId === undefined ? [] : [`of the mailing list “${listId}”`]),
    ...(subjectPrefix === undefined ? [] : [`with a subject that begins with “${subjectPrefix}”`]),
    ...(subjectPattern === undefined ? [] : [`with the subject “${subjectPattern}”`]),
    ...(fromFolder === undefined ? [] : [`that arrived in ${nameOf(fromFolder, folderName)}`]),
    ...(isNewsletter === undefined ? [] : [isNewsletter ? 'that is a newsletter' : 'that is not a newsletter']),
  ].join(' ');
}

function wordingOf(
  action: NonNullable<IPattern['suggestedAction']>,
  folderName: FolderName,
  isLikely: boolean,
): Wording {
  const { actionType, toFolder, category } = action;
  const folder = nameOf(toFolder, folderName);
  switch (actionType) {
    case 'delete':
      return {
        past: 'deleted',
        future: `waits ${isLikely ? '7 days' : '24 hours'} in the staging folder and then goes to Deleted Items`,
      };
    case 'move':
      return { past: `moved to ${folder}`, future: `is moved to ${folder}` };
    case 'archive':
      return { past: 'archived', future: 'is archived' };
    case 'markRead':
      return { past: 'marked as read, without opening,', future: 'is marked as read' };
    case 'flag':
      return { past: 'flagged', future: 'is flagged' };
    case 'categorize':
      return { past: 'categorized', future: `gets the category ${category ?? 'of the pattern'}` };
    case undefined:
      return { past: 'did the same with', future: 'is left as it is' };
    default:
      return actionType satisfies never;
  }
}

function nameOf(folderId: string | undefined, folderName: FolderName): string {
  const name = folderId === undefined ? undefined : folderName(folderId);
  return name === undefined ? 'a folder' : `“${name}”`;
}

/** Rounds down, so that no number claims more than it should. */
function percent(value: number): string {
  return `${Math.floor(value)} %`;
}
