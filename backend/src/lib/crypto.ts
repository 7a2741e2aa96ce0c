import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a text. @returns 43 characters of base64url */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** HMAC-SHA-256 of a text. @returns 43 characters of base64url */
export function hmacSha256(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** Compares two texts in a time that reveals neither where they differ nor how long they are. */
export function equalInConstantTime(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
}

/** 256 random bits that nobody can guess. @returns 43 characters of base64url */
export function randomId(): string {
  return randomBytes(32).toString('base64url');
}
