/** A mean with the half-width of its 95 % interval; `half` is null where there is only one value to go by. */
export interface Estimate {
  readonly mean: number
  readonly half: number | null
  /** How many single measurements went in. */
  readonly count: number
}

/** Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom. */
const T_95 = [
  12.706,
  4.303,
  3.182,
  2.776,
  2.571,
  2.447,
  2.365,
  2.306,
  2.262,
  2.228,
  2.201,
  2.179,
  2.16,
  2.145,
  2.131,
  2.12,
  2.11,
  2.101,
  2.093,
  2.086,
  2.08,
  2.074,
  2.069,
  2.064,
  2.06,
  2.056,
  2.052,
  2.048,
  2.045,
  2.042
]

const t95 = (freedom: number): number => T_95[freedom - 1] ?? 1.96

export const meanOf = (values: ReadonlyArray<number>): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

export const shareOf = (flags: ReadonlyArray<boolean>): number =>
  flags.length === 0 ? 0 : flags.filter(Boolean).length / flags.length

/**
 * Mean of the seeds' means, with a t interval over the seeds: chains of one seed share their adapter's first draw and their
 * tasks, so they do not count as independent. Undefined without a value.
 */
export const overSeeds = (
  values: ReadonlyArray<{ readonly seed: number; readonly value: number | null | undefined }>
): Estimate | undefined => {
  const bySeed = new Map<number, Array<number>>()
  for (const { seed, value } of values) {
    if (value === null || value === undefined) continue
    bySeed.set(seed, [...bySeed.get(seed) ?? [], value])
  }
  const means = [...bySeed.values()].map(meanOf)
  if (means.length === 0) return undefined
  const mean = meanOf(means)
  const freedom = means.length - 1
  const deviation = Math.sqrt(means.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, freedom))
  return {
    mean,
    half: freedom === 0 ? null : t95(freedom) * deviation / Math.sqrt(means.length),
    count: [...bySeed.values()].reduce((sum, list) => sum + list.length, 0)
  }
}
