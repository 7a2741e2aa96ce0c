/** What MSEDB may do with a mailbox: `look` reads metadata only; `act` changes mail as well. */
export const mailAccesses = ['look', 'act'] as const;
export type MailAccess = (typeof mailAccesses)[number];

/** The fields of a mailbox that decide what MSEDB may do with it. */
export interface AccessFields {
  /** Chosen by its owner; a row from before the choice existed acts. */
  readonly access?: MailAccess;
  /** The scopes of its last token, as Microsoft wrote them; undefined before the first one was recorded. */
  readonly grantedScopes?: readonly string[];
}

/** Microsoft may spell a scope with or without the address of Graph, and in any case. */
function scopeName(scope: string): string {
  return scope.slice(scope.lastIndexOf('/') + 1).toLowerCase();
}

/** Tells if one of the scopes was granted, however Microsoft wrote it. */
export function grantsAny(granted: readonly string[], anyOf: readonly string[]): boolean {
  const names = new Set(granted.map(scopeName));
  return anyOf.some((scope) => names.has(scopeName(scope)));
}

/** Returns what its owner has chosen for a mailbox. */
export function chosenAccess({ access }: AccessFields): MailAccess {
  return access ?? 'act';
}

/** Tells if mail may be changed: its owner has chosen so, and the last token did not lack the scope for it. */
export function mayAct({ access, grantedScopes }: AccessFields): boolean {
  if (access === 'look') return false;
  return grantedScopes === undefined || grantedScopes.length === 0 || grantsAny(grantedScopes, ['Mail.ReadWrite']);
}
