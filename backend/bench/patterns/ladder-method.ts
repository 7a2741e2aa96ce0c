import { groupBy } from '../../src/lib/group-by.ts';
import { tierOf, type Tier } from './ladder/bars.ts';
import type { UnitCounts } from './ladder/grid.ts';
import { climb, pooled, type Unit } from './ladder/ladder.ts';
import { priors } from './ladder/prior.ts';
import type { Aggressiveness } from '../../src/models/User.ts';
import type { LearnedRule, Method } from './methods.ts';
import type { SenderMail } from './placements.ts';

const halfLifeDays = 180;
const leastSenders = 3;

interface LadderOptions {
  readonly aggressiveness: Aggressiveness;
  readonly isSharedDomain: (domain: string) => boolean;
  readonly tiers: ReadonlySet<Tier>;
}

/** The habit of one sender: the folder that most of the mail goes to, by weight. */
interface SenderHabit {
  readonly mail: SenderMail;
  readonly folder: string;
  readonly counts: UnitCounts;
}

/** The ladder of forecasts, over senders and domains. */
export function ladder({ aggressiveness, isSharedDomain, tiers }: LadderOptions): Method {
  return (mail) =>
    (['delete', 'move'] as const).flatMap((actionType) => {
      const habits = mail.map((one) => habitOf(one, actionType));
      const steps = climb(habits.map(unitOf), priors[actionType]);
      const isTaken = (messages: number, index: number): boolean => {
        const one = steps.forecasts[index];
        return one !== undefined && tiers.has(tierOf(one, { actionType, aggressiveness, messages }));
      };
      const rules = habits.flatMap((habit, index): LearnedRule[] =>
        habit.folder !== '' && isTaken(habit.mail.folders.length, index)
          ? [{ conditions: { senderEmail: habit.mail.sender }, folder: habit.folder }]
          : [],
      );
      const domains = [...groupBy(habits, ({ mail: { domain } }) => domain)].flatMap(
        ([domain, members]): LearnedRule[] => {
          const habit = isSharedDomain(domain) ? undefined : habitOfDomain(members);
          if (habit === undefined) return [];
          const messages = members.reduce((total, { mail: { folders } }) => total + folders.length, 0);
          const tier = tierOf(steps.forecast({ counts: habit.counts, mailClass: 'mail' }), {
            actionType,
            aggressiveness,
            messages,
          });
          return tiers.has(tier) ? [{ conditions: { senderDomain: domain }, folder: habit.folder }] : [];
        },
      );
      return [...rules, ...domains];
    });
}

function unitOf({ mail: { domain }, counts }: SenderHabit): Unit {
  return { counts, mailClass: 'mail', domain };
}

function habitOf(mail: SenderMail, actionType: 'delete' | 'move'): SenderHabit {
  const weights = new Map<string, number>();
  let seen = 0;
  for (const [index, folder] of mail.folders.entries()) {
    const weight = 2 ** (-(mail.ages?.[index] ?? 0) / halfLifeDays);
    seen += weight;
    const isFiled = folder !== 'inbox' && folder !== 'deleted';
    if (actionType === 'delete' ? folder === 'deleted' : isFiled)
      weights.set(folder, (weights.get(folder) ?? 0) + weight);
  }
  const [folder, followed] = [...weights].toSorted((one, two) => two[1] - one[1])[0] ?? ['', 0];
  return { mail, folder, counts: { followed, seen } };
}

/** The most frequent habit of at least three senders, none of which is mostly treated differently. */
function habitOfDomain(members: readonly SenderHabit[]): { folder: string; counts: UnitCounts } | undefined {
  if (members.length < leastSenders) return undefined;
  const [folder] = [...groupBy(members, (member) => member.folder)].toSorted(
    (one, two) => two[1].length - one[1].length,
  )[0] ?? [''];
  if (folder === '') return undefined;
  const counts = members.map((member) => ({
    ...member.counts,
    followed: member.folder === folder ? member.counts.followed : 0,
  }));
  if (counts.some(({ followed, seen }) => followed * 2 <= seen)) return undefined;
  return { folder, counts: pooled(counts) };
}
