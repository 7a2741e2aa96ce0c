/** A request that would have read content, or taken mail from its owner for good. */
export interface PrivacyBreach {
  readonly method: string;
  readonly path: string;
  readonly reason: string;
}

/** What left the emulator for the app, and what was refused. */
export interface PrivacyReport {
  /** Property of a message → how often it was served to a read. */
  readonly properties: Readonly<Record<string, number>>;
  /** The same of folders, rules and the profile, as `mailFolder.displayName`. */
  readonly otherProperties: Readonly<Record<string, number>>;
  /** Scope → how many requests it let in. */
  readonly scopes: Readonly<Record<string, number>>;
  /** Reads without `$select`, or of content: answered 400. */
  readonly refused: readonly PrivacyBreach[];
  /** Attempts to delete mail for good: answered 405. */
  readonly violations: readonly PrivacyBreach[];
  /** Property → how often it came back from a write without `$select`, where Graph answers with the whole message. */
  readonly echoed: Readonly<Record<string, number>>;
}

/** Counts every property served and every scope used: the proof that only metadata was read. */
export class PrivacyLedger {
  #properties = new Map<string, number>();
  #others = new Map<string, number>();
  #scopes = new Map<string, number>();
  #echoed = new Map<string, number>();
  #refused: PrivacyBreach[] = [];
  #violations: PrivacyBreach[] = [];

  served(properties: readonly string[], messages = 1): void {
    for (const property of properties) count(this.#properties, property, messages);
  }

  servedOther(type: 'mailFolder' | 'messageRule' | 'user', items: readonly object[]): void {
    for (const item of items) for (const property of Object.keys(item)) count(this.#others, `${type}.${property}`, 1);
  }

  echoed(properties: readonly string[]): void {
    for (const property of properties) count(this.#echoed, property, 1);
  }

  usedScope(scope: string): void {
    count(this.#scopes, scope, 1);
  }

  refuse(breach: PrivacyBreach): void {
    this.#refused.push(breach);
  }

  violate(breach: PrivacyBreach): void {
    this.#violations.push(breach);
  }

  report(): PrivacyReport {
    return {
      properties: Object.fromEntries(this.#properties),
      otherProperties: Object.fromEntries(this.#others),
      scopes: Object.fromEntries(this.#scopes),
      refused: [...this.#refused],
      violations: [...this.#violations],
      echoed: Object.fromEntries(this.#echoed),
    };
  }

  clear(): void {
    for (const counts of [this.#properties, this.#others, this.#scopes, this.#echoed]) counts.clear();
    this.#refused = [];
    this.#violations = [];
  }
}

function count(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
