/** Numbers of a series of runs, in milliseconds. */
export interface Timing {
  readonly median: number
  readonly min: number
  readonly max: number
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const timingOf = (values: ReadonlyArray<number>): Timing => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values)
})

/** How long one call takes, in milliseconds. */
export const time = async (run: () => unknown): Promise<number> => {
  const start = performance.now()
  await run()
  return performance.now() - start
}

/** Resident memory of this process now, MiB. */
export const residentMb = (): number => process.memoryUsage().rss / 2 ** 20

/** The most it has been, MiB. */
export const peakResidentMb = (): number => process.resourceUsage().maxRSS / 1024
