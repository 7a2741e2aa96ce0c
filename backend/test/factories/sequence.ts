let last = 0;

/** A number no factory has had before, to tell one row from another. */
export function nextNumber(): number {
  last += 1;
  return last;
}
