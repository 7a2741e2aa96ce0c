import { countGrants, type GrantCount } from './granted-permissions.ts';
import { type MailAccessPolicy, type Permission, permissions } from './permissions.ts';

/** A permission, and whether it is granted as far as the tokens of the connected mailboxes tell. */
export interface PermissionReport extends Permission {
  readonly state: 'granted' | 'partly_granted' | 'not_granted' | 'unknown';
  readonly mailboxes: Omit<GrantCount, 'name'>;
  /** Who must act; null when nobody must. */
  readonly mustAct: 'tenant_admin' | null;
  /** The state and what to do, in a sentence. */
  readonly explanation: string;
}

/**
 * Reports on permissions from the last tokens of the connected mailboxes: on those of the access that mailboxes are
 * connected for, and on others that a mailbox needs.
 */
export async function reportPermissions(policy: MailAccessPolicy = 'act'): Promise<PermissionReport[]> {
  const counts = new Map((await countGrants()).map(({ name, ...mailboxes }) => [name, mailboxes]));
  const access = policy === 'act' ? 'act' : 'look';
  return permissions.flatMap((permission) => {
    const mailboxes = counts.get(permission.name) ?? { granted: 0, missing: 0, unknown: 0 };
    const isAsked = Object.values(mailboxes).some((count) => count > 0);
    if (!isAsked && !permission.accesses.includes(access)) return [];
    const state = stateOf(mailboxes);
    return { ...permission, state, mailboxes, ...wordsFor(state, mailboxes) };
  });
}

function stateOf({ granted, missing }: PermissionReport['mailboxes']): PermissionReport['state'] {
  if (granted === 0 && missing === 0) return 'unknown';
  if (missing === 0) return 'granted';
  return granted === 0 ? 'not_granted' : 'partly_granted';
}

function wordsFor(
  state: PermissionReport['state'],
  { granted, missing }: PermissionReport['mailboxes'],
): Pick<PermissionReport, 'mustAct' | 'explanation'> {
  if (state === 'granted') return { mustAct: null, explanation: 'It is granted in every connected mailbox.' };
  if (state === 'unknown')
    return {
      mustAct: null,
      explanation:
        'It is not known yet: the next sign-in tells. Where only an administrator may grant it, Microsoft refuses the sign-in and the admin-consent link helps.',
    };
  return {
    mustAct: 'tenant_admin',
    explanation: `It is missing in ${missing} of ${granted + missing} connected mailboxes: an administrator of the organization opens the admin-consent link and accepts, then the owners sign in again.`,
  };
}
