import type { ChangeType } from './notifications/subscriptions.ts';

/** Properties that delta gives of a changed message, beside `@odata.type`; whole: all that are selected, and an etag. */
export type ToldProperties = 'whole' | readonly string[];

/** Graph where tenants may differ, or where only a tenant can tell. A report of the contract sets it. */
export interface TenantBehavior {
  /** Dates of a flag after a PATCH of flagStatus alone. */
  readonly flagDates: 'kept' | 'dropped';
  /** True: the answer holds the body, although other properties are selected. */
  readonly patchAnswersBody: boolean;
  readonly moveAnswersBody: boolean;
  /** Notifications of a move, in this order, to who watches the whole mailbox by immutable ids; undefined: as the awkwardness decides. */
  readonly moveNotifications: readonly ChangeType[] | undefined;
  /** Answer to the well-known name of a folder that the mailbox does not have. */
  readonly missingFolder: { readonly status: number; readonly code: string };
  readonly hasSearchFoldersInDelta: boolean;
  /** A subscription that asks for more minutes gets so many. */
  readonly grantedMinutes: number;
  /** What delta's later rounds tell when only this has changed; undefined: as the rules of delta have it. */
  readonly toldOf: Readonly<Record<'isRead' | 'flag' | 'categories', ToldProperties | undefined>>;
  /** Scopes of a token: those that were asked for, or all that the person has consented to. */
  readonly tokenScopes: 'asked' | 'consented';
  /** How an internet message header without a value is given. */
  readonly emptyHeader: 'empty' | 'null' | 'absent';
}

export const usualBehavior: TenantBehavior = {
  flagDates: 'kept',
  patchAnswersBody: false,
  moveAnswersBody: false,
  moveNotifications: undefined,
  missingFolder: { status: 404, code: 'ErrorItemNotFound' },
  hasSearchFoldersInDelta: true,
  grantedMinutes: Number.POSITIVE_INFINITY,
  toldOf: { isRead: undefined, flag: undefined, categories: undefined },
  tokenScopes: 'asked',
  emptyHeader: 'empty',
};
