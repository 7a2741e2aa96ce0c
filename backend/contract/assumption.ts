import type { Workbench } from './workbench.ts';

/** Where an assumption comes from: a page of Microsoft's documentation, or answers of the real service. */
type Source = `https://${string}` | 'captured' | 'reported';

/** Something that MSEDB takes for granted of Graph or Entra ID. */
export interface Assumption {
  /** As in writes.flag-dates; stable, because reports are read by it. */
  readonly id: string;
  readonly says: string;
  readonly source: Source;
  /** What `ask` gives when it holds. */
  readonly assumed: string;
  /**
   * Asks the service.
   * @returns words of a fixed vocabulary, codes, or names of properties; never data
   * @throws CannotTell
   */
  readonly ask: (bench: Workbench) => Promise<string>;
}

/** A question without an answer; `message` says why, without data. */
export class CannotTell extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CannotTell';
  }
}
