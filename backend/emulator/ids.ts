import { createHash } from 'node:crypto';
import type { SeededRandom } from './random.ts';

const guidPattern = /^(.{8})(.{4})(.{3})(.{3})(.{12}).*$/;
const versionAndVariant = '$1-$2-4$3-8$4-$5';

/** A guidPattern that is always the same for the same text: a person keeps their object id when the emulator restarts. */
export function guidOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').replace(guidPattern, versionAndVariant);
}

/** The id of the directory that a domain belongs to, unless a person is given another: one for each domain. */
export function tenantOf(domain: string): string {
  return guidOf(`tenant/${domain.toLowerCase()}`);
}

/** True for a text that could be the id of an item or folder; Graph answers others with 400. */
export function isIdShaped(text: string): boolean {
  return /^[\w+/=-]{20,}$/.test(text);
}

/** Makes the ids of one emulator: unique within it, and reproducible from its seed. */
export class IdMint {
  readonly #random: SeededRandom;
  readonly #salt: string;
  #count = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#salt = this.#letters(24);
  }

  guid(): string {
    return guidOf(`${this.#salt}/guid/${this.#next()}`);
  }

  /** An id that stays when the item moves within its mailbox. */
  immutable(): string {
    return `AAkALg${this.#salt}${this.#next()}AA=`;
  }

  /** An id that is replaced whenever the item moves. */
  mutable(): string {
    return `AAMkAG${this.#salt}${this.#next()}BA=`;
  }

  folder(): string {
    return `AQMkAD${this.#salt}${this.#next()}AuAA=`;
  }

  #next(): string {
    this.#count += 1;
    return this.#count.toString(36).padStart(8, '0');
  }

  #letters(length: number): string {
    let letters = '';
    while (letters.length < length) letters += Math.floor(this.#random.next() * 36).toString(36);
    return letters;
  }
}
