import type { PatternCandidate } from '../../src/patterns/detection/candidate.ts';
import type { SenderMail } from './placements.ts';
import { alignColumns } from './table.ts';

/** Percent: where the bins of forecasts begin. */
const bins = [50, 60, 70, 80, 85, 90, 93, 95.5, 97.5] as const;
const actions = ['delete', 'move'] as const;

interface Bin {
  said: number;
  came: number;
  senders: number;
}

/** Compares what was said of the mail of senders with what came. */
export class Calibration {
  readonly #bins = new Map<string, Bin>();

  /** Adds the forecasts for one mailbox. @param heldOut mail that they were not made from */
  add(candidates: readonly PatternCandidate[], heldOut: readonly SenderMail[]): void {
    const mailOf = new Map(heldOut.map(({ sender, folders }) => [sender, folders]));
    for (const { condition, suggestedAction, confidence, trigger } of candidates) {
      if (trigger !== undefined) continue;
      const folders = mailOf.get(condition.senderEmail ?? '') ?? [];
      const from = bins.findLast((begin) => confidence >= begin);
      if (from === undefined || folders.length === 0 || Object.keys(condition).length > 1) continue;
      const target = suggestedAction.actionType === 'move' ? suggestedAction.toFolder : 'deleted';
      const key = `${suggestedAction.actionType} ${from}`;
      const bin = this.#bins.get(key) ?? { said: 0, came: 0, senders: 0 };
      bin.said += confidence;
      bin.came += (100 * folders.filter((folder) => folder === target).length) / folders.length;
      bin.senders += 1;
      this.#bins.set(key, bin);
    }
  }

  /** Returns a table: of each bin what was said, what came, and the number of senders, all counted alike. */
  format(): string {
    const rows = bins.map((from) => [
      `from ${from} %`,
      ...actions.map((action) => {
        const bin = this.#bins.get(`${action} ${from}`);
        if (bin === undefined) return '-';
        return `${(bin.said / bin.senders).toFixed(0)} → ${(bin.came / bin.senders).toFixed(0)} (${bin.senders})`;
      }),
    ]);
    return alignColumns([['forecast', ...actions], ...rows]);
  }
}
