/** Every snapshot of this many newest steps stays. */
export const NEWEST_SNAPSHOTS = 8

/**
 * Which snapshots stay. Positions count an adapter's steps from 1, `total` is the newest. The newest 8 stay; of older ones
 * every 2nd until age 16, every 4th until age 32, and so on: the gap doubles when the age does. So n steps keep at most
 * 8 + 4 ceil(log2(n / 8)) snapshots, and rebuilding the state before any step replays at most a quarter of its age beyond the
 * steps that come after it anyway. A snapshot once dropped is never asked for again: what stays at `total + 1` stayed at
 * `total`.
 */
export const staysKept = (position: number, total: number): boolean => {
  const age = total - position
  return age < NEWEST_SNAPSHOTS || position % 2 ** (Math.floor(Math.log2(age / NEWEST_SNAPSHOTS)) + 1) === 0
}

/** Upper bound of snapshots kept for `total` steps. */
export const keptAtMost = (total: number): number =>
  total <= NEWEST_SNAPSHOTS
    ? total
    : NEWEST_SNAPSHOTS + (NEWEST_SNAPSHOTS / 2) * Math.ceil(Math.log2(total / NEWEST_SNAPSHOTS))
