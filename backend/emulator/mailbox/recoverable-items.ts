const dayMs = 24 * 60 * 60_000;

/** What becomes of deleted messages in Recoverable Items. */
export interface RecoverableRules {
  /** How long they stay. */
  retentionMs: number;
  /** What Graph gives by id: messages and their folders, only the messages, or nothing, as if they had disappeared. */
  readable: 'all' | 'messages' | 'none';
  /** Where soft-deleted messages lie. */
  readonly softDeletedIn: 'deletions' | 'purges';
}

/** Exchange Online keeps deleted items for 14 days unless an admin sets up to 30. */
export function defaultRecoverableRules(): RecoverableRules {
  return { retentionMs: 14 * dayMs, readable: 'all', softDeletedIn: 'deletions' };
}
