/** Somebody ended the demo before its end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
