/** A rule that the owner has set up in Outlook, as Graph describes it. */
export interface InboxRule {
  readonly isEnabled: boolean;
  readonly conditions?: Readonly<Record<string, unknown>> | null | undefined;
  readonly actions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Facts about the owner of a mailbox that are read from Graph for one analysis and never stored. */
export interface OwnerHabits {
  /** Addresses that the owner writes to, in lower case. */
  readonly correspondents: ReadonlySet<string>;
  readonly inboxRules: readonly InboxRule[];
}

/** The result of reading the habits; `throttled` when Graph asks for a pause that the job should not wait for. */
export type HabitsReading =
  | { readonly outcome: 'read'; readonly habits: OwnerHabits }
  | { readonly outcome: 'throttled'; readonly retryAfterMs: number };
