import type { ReadFaultReason } from '../../models/index.ts';

/** The person without whom a state does not end; null when it passes by itself. */
export type MustAct = 'owner' | 'tenant_admin' | 'admin' | 'operator' | null;

interface FaultWords {
  readonly mustAct: MustAct;
  /** The reason and what to do, in sentences for the owner. */
  readonly explanation: string;
}

/** What people are told about each reason. */
export const faultWords: Readonly<Record<ReadFaultReason, FaultWords>> = {
  no_mailbox: {
    mustAct: 'tenant_admin',
    explanation:
      'Microsoft 365 has no mailbox for this account that can be read: it has no Exchange Online license, its mailbox is on a server of the organization, or it is inactive. An administrator of Microsoft 365 can assign a license or move the mailbox.',
  },
  guest: {
    mustAct: 'owner',
    explanation:
      'This account is a guest in the organization, and guests have no mailbox here. Connect the account of your own organization instead.',
  },
  access_denied: {
    mustAct: 'tenant_admin',
    explanation:
      'Microsoft 365 denies access to this mailbox. An administrator of Microsoft 365 can allow it: a policy of the organization, or a missing consent, stands in the way.',
  },
  token_refused: {
    mustAct: 'owner',
    explanation:
      'Microsoft 365 refuses the sign-in for this mailbox, also after it was renewed. Connect the mailbox again. If that does not help, an administrator of Microsoft 365 must look at the sign-in policies.',
  },
  application_refused: {
    mustAct: 'operator',
    explanation:
      'Microsoft refuses this installation of MSEDB: its client secret may have expired, or its registration may have been changed. Whoever operates it must check the registration.',
  },
  answer_refused: {
    mustAct: 'operator',
    explanation:
      'Microsoft 365 refuses a request without which this mailbox cannot be read. Whoever operates MSEDB finds the code in the log.',
  },
  failing: {
    mustAct: null,
    explanation: 'Microsoft 365 does not answer, or asks to wait. Attempts continue, and nothing is lost.',
  },
  folders: {
    mustAct: 'operator',
    explanation:
      'Some folders cannot be read; the others are. Attempts continue. Whoever operates MSEDB finds the code in the log.',
  },
};
