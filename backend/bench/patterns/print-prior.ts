import { basename } from 'node:path';
import { fitPrior } from './fit-prior.ts';
import type { UnitCounts } from '../../src/patterns/ladder/grid.ts';
import { readPlacements, type SenderMail } from './placements.ts';

// Prints the priors that bench/patterns/ladder/prior.ts ships: npm run bench:prior -- FILE

/** What followed each action, most likely folder for moves, in all mail of a sender. */
const actions: Readonly<Record<string, (mail: SenderMail) => number>> = {
  delete: ({ folders }) => folders.filter((folder) => folder === 'deleted').length,
  move: ({ folders }) => {
    const counts = new Map<string, number>();
    for (const folder of folders) {
      if (folder !== 'deleted' && folder !== 'inbox') counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    return Math.max(0, ...counts.values());
  },
};

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Give the FILE with placements, as for npm run bench:patterns');
const senders = (await readPlacements(file)).flatMap((mailbox) => mailbox.senders);
console.log(`// from ${basename(file)}, ${senders.length} senders`);
for (const [action, followedOf] of Object.entries(actions)) {
  const counts: UnitCounts[] = senders.map((mail) => ({ followed: followedOf(mail), seen: mail.folders.length }));
  const weights = fitPrior(counts).map((weight) => Number(weight.toPrecision(3)));
  console.log(`  ${action}: [${weights.join(', ')}],`);
}
