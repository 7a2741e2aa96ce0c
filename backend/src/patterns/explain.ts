import type { IPattern } from '../models/index.ts';
import type { FolderName } from '../rules/rule-name.ts';

/** A pattern in words and numbers, a sentence or two each. */
export interface Explanation {
  /** What was seen: k of n. */
  readonly finding: string;
  /** How sure that is, and how sure it has to be. */
  readonly certainty: string;
  /** What speaks against it. */
  readonly exceptions: string;
  /** What happens from now on if the owner approves. */
  readonly consequence: string;
}

type Explained = Pick<
  IPattern,
  'condition' | 'suggestedAction' | 'confidence' | 'sampleSize' | 'exceptionCount' | 'threshold' | 'blockers' | 'status'
> & { readonly evidence: readonly { readonly isException?: boolean; readonly foundInPlace?: boolean }[] };

interface Wording {
  readonly past: string;
  readonly future: string;
}

/** @param folderName what a folder is called; undefined for one that is not known */
export function explainPattern(pattern: Explained, folderName: FolderName): Explanation {
  const mail = describeMail(pattern.condition ?? {}, folderName);
  const action = wordingOf(pattern.suggestedAction ?? {}, folderName);
  const { sampleSize, exceptionCount } = pattern;
  const followed = sampleSize - exceptionCount;
  return {
    finding: `You ${action.past} ${followed} of ${sampleSize} ${sampleSize === 1 ? 'message' : 'messages'} ${mail}.${describePlacements(pattern)}`,
    certainty: describeCertainty(pattern),
    exceptions: describeExceptions(exceptionCount, sampleSize),
    consequence: `From now on every new message ${mail} ${action.future}. You can undo each of them, and stop this at any time.`,
  };
}

const obstacles: Readonly<Record<Explained['blockers'][number], string>> = {
  bound: 'it is not sure enough',
  exceptions: 'too much of this mail went elsewhere',
  chance: 'among everything that was looked for, it may be chance',
  protected: 'you write to this sender, or have put it on your whitelist',
  covered: 'another pattern does the same for more mail',
};

function describeObstacles({ status, blockers }: Explained): string {
  if (status !== 'detected' || blockers.length === 0) return '';
  return ` It is not suggested: ${blockers.map((blocker) => obstacles[blocker]).join('; ')}.`;
}

function describeCertainty(pattern: Explained): string {
  const { confidence, threshold, sampleSize, exceptionCount } = pattern;
  const ratio = percent((100 * (sampleSize - exceptionCount)) / sampleSize);
  const bound = `That is ${ratio} of what was seen. From so many messages, recent ones counting more, the true share is at least ${percent(confidence)} (the lower end of the 95 % Wilson interval)`;
  if (threshold === undefined) return `${bound}.`;
  const verdict = confidence >= threshold ? 'which is reached' : 'which is not reached';
  return `${bound}. A suggestion takes ${percent(threshold)}, ${verdict}.${describeObstacles(pattern)}`;
}

function describeExceptions(exceptions: number, seen: number): string {
  if (exceptions === 0) return 'There was no exception.';
  const each = exceptions === 1 ? 'There was 1 exception' : `There were ${exceptions} exceptions`;
  return `${each}, about ${Math.round((1000 * exceptions) / seen)} in 1,000 messages.`;
}

function describePlacements({ evidence }: Explained): string {
  const placed = evidence.filter(({ foundInPlace }) => foundInPlace === true).length;
  if (placed === 0) return '';
  const of = placed === evidence.length ? 'The newest' : `Of the newest ${evidence.length}, ${placed}`;
  return ` ${of} were found where they rest when watching began: what was done with them is concluded from that.`;
}

function describeMail(condition: NonNullable<IPattern['condition']>, folderName: FolderName): string {
  const { senderEmail, senderDomain, fromFolder, subjectPattern, isNewsletter } = condition;
  return [
    `from ${senderEmail ?? (senderDomain === undefined ? 'anybody' : `anybody at ${senderDomain}`)}`,
    ...(subjectPattern === undefined ? [] : [`with the subject “${subjectPattern}”`]),
    ...(fromFolder === undefined ? [] : [`that arrived in ${nameOf(fromFolder, folderName)}`]),
    ...(isNewsletter === undefined ? [] : [isNewsletter ? 'that is a newsletter' : 'that is no newsletter']),
  ].join(' ');
}

function wordingOf(action: NonNullable<IPattern['suggestedAction']>, folderName: FolderName): Wording {
  const { actionType, toFolder, category } = action;
  const folder = nameOf(toFolder, folderName);
  switch (actionType) {
    case 'delete':
      return { past: 'deleted', future: 'waits 24 hours in the staging folder and then goes to Deleted Items' };
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

/** Rounded down: a number that sounds surer than it is would mislead. */
function percent(value: number): string {
  return `${Math.floor(value)} %`;
}
