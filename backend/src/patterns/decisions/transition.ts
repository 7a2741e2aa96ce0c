import { AppError } from '../../lib/errors.ts';
import type { IPattern } from '../../models/index.ts';

type Status = IPattern['status'];

const nextStates: Readonly<Record<Status, readonly Status[]>> = {
  detected: ['suggested', 'expired'],
  suggested: ['detected', 'approved', 'rejected', 'expired'],
  approved: ['suggested', 'detected'],
  rejected: ['detected', 'suggested'],
  expired: ['detected', 'suggested'],
};

/** @throws AppError 409 illegal_transition, which says what is possible instead */
export function requireTransition(from: Status, to: Status): void {
  if (nextStates[from].includes(to) || (from === 'rejected' && to === 'rejected')) return;
  const possible = nextStates[from].join(', ');
  throw new AppError(
    409,
    'illegal_transition',
    `A pattern that is ${from} cannot become ${to}; from ${from} it can become: ${possible}`,
  );
}
