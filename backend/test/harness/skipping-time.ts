/**
 * A clock that stands still but for waits, which take no time: what would last minutes is over at once.
 * @param onWait told when a wait begins
 */
export function skippingTime(onWait: (ms: number) => void = () => undefined) {
  let nowMs = 0;
  const waits: number[] = [];
  return {
    /** Every wait there was, in milliseconds. */
    waits,
    now: (): number => nowMs,
    wait: async (ms: number, signal: AbortSignal): Promise<void> => {
      signal.throwIfAborted();
      onWait(ms);
      waits.push(ms);
      nowMs += ms;
    },
  };
}
