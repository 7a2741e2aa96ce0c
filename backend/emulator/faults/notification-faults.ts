/** How the delivery of notifications goes wrong. Rates are 0 to 1. */
export interface NotificationFaults {
  /** Part of the notifications that is never sent. */
  readonly dropRate: number;
  /** Part that is sent twice. */
  readonly duplicateRate: number;
  /** Part that is sent `delayMs` late. */
  readonly delayRate: number;
  readonly delayMs: number;
  /** Part of the deliveries whose notifications are put out of order. */
  readonly reorderRate: number;
}

export const faultless: NotificationFaults = {
  dropRate: 0,
  duplicateRate: 0,
  delayRate: 0,
  delayMs: 0,
  reorderRate: 0,
};
