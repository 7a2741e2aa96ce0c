import type { TruthValue } from '../ledgers/truth.ts';
import type { Message, MessageChanges } from './message.ts';

/** One part of a message that is not as it was. */
interface ChangedPart {
  readonly kind: 'read' | 'flag' | 'categorize';
  readonly part: 'isRead' | 'flag' | 'categories';
  readonly from: TruthValue;
  readonly to: TruthValue;
}

/** Sets what is to be set. @returns what is not as it was: nothing when all was so already */
export function applyChanges(message: Message, { isRead, flag, categories }: MessageChanges): ChangedPart[] {
  const changed: ChangedPart[] = [];
  if (isRead !== undefined && isRead !== message.isRead) {
    changed.push({ kind: 'read', part: 'isRead', from: message.isRead, to: isRead });
    message.isRead = isRead;
  }
  if (flag !== undefined && JSON.stringify(flag) !== JSON.stringify(message.flag)) {
    changed.push({ kind: 'flag', part: 'flag', from: message.flag.flagStatus, to: flag.flagStatus });
    message.flag = flag;
  }
  if (categories !== undefined && JSON.stringify(categories) !== JSON.stringify(message.categories)) {
    changed.push({ kind: 'categorize', part: 'categories', from: message.categories, to: categories });
    message.categories = categories;
  }
  return changed;
}
