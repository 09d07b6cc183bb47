import { type Estimate, overSeeds } from "../Statistics.ts"
import type { ChainResult, Finished } from "../Unit.ts"

/** Null and undefined: not measured in this chain. */
type Reading = (result: ChainResult, finished: Finished) => number | null | undefined

const within = (after: number | null | undefined, corrections: number): number | undefined =>
  after === undefined ? undefined : after !== null && after <= corrections ? 1 : 0

/** Everything that is reported about an arm, by the names that summary.json uses. */
export const measures = {
  fixedWithin1: (r) => within(r.fixedAfter, 1),
  fixedWithin2: (r) => within(r.fixedAfter, 2),
  fixedWithin3: (r) => within(r.fixedAfter, 3),
  heldOut: (r) => r.heldOut,
  heldOutBefore: (r) => r.heldOutBefore,
  retention20: (r) => r.retention,
  heldOutRetention20: (r) => r.heldOutRetention,
  heldOut20: (r) => r.heldOutLater,
  laterFixed: (r) => r.laterFixed,
  laterRetention: (r) => r.laterRetention,
  /** Success times retention: what of the lesson is there on new tasks after the later ones. */
  product: (r) => r.laterGiven === undefined ? undefined : r.heldOut * (r.heldOutRetention ?? 0),
  overGeneralised: (r) => r.overGeneralised,
  drift: (r) => r.drift,
  drift20: (r) => r.driftLater,
  anyChanged: (r) => r.anyChanged,
  flipWithin1: (r) => within(r.flipAfter, 1),
  flipWithin2: (r) => within(r.flipAfter, 2),
  entropy: (r) => r.entropy,
  entropy20: (r) => r.entropyLater,
  lengthChange: (r) => r.length - r.lengthBefore,
  updates: (r) => r.given === 0 ? undefined : r.updates / r.given,
  skipped: (r) => r.given === 0 ? undefined : r.skipped / r.given,
  lessonSeconds: (r) => r.lessonSeconds,
  chainCpuSeconds: (_, one) => one.cpuSeconds,
  peakMegabytes: (_, one) => one.peakMegabytes
} as const satisfies Readonly<Record<string, Reading>>

export type MeasureName = keyof typeof measures
export const measureNames = Object.keys(measures).filter((name): name is MeasureName => name in measures)

export const valuesOf = (finished: ReadonlyArray<Finished>, name: MeasureName) =>
  finished.flatMap((one) => {
    if (one.result === null) return []
    const read: Reading = measures[name]
    return [{ seed: one.unit.seed, focal: one.unit.focal, value: read(one.result, one) }]
  })

export type Estimates = { readonly [Name in MeasureName]?: Estimate }

/** Every measure of some chains, with intervals over their seeds. */
export const estimate = (finished: ReadonlyArray<Finished>): Estimates =>
  Object.fromEntries(measureNames.flatMap((name) => {
    const found = overSeeds(valuesOf(finished, name))
    return found === undefined ? [] : [[name, found]]
  }))

/**
 * Difference a - b of a measure, chain by chain (same seed, kind and way), with an interval over the seeds. Undefined when no
 * chain was run by both.
 */
export const pairedDifference = (
  a: ReadonlyArray<Finished>,
  b: ReadonlyArray<Finished>,
  name: MeasureName
): Estimate | undefined => {
  const key = ({ unit }: Finished) => `${unit.seed} ${unit.focal} ${unit.way}`
  const read: Reading = measures[name]
  const others = new Map(b.map((one) => [key(one), one] as const))
  return overSeeds(a.map((one) => {
    const other = others.get(key(one))
    if (one.result === null || other === undefined || other.result === null) return { seed: one.unit.seed, value: null }
    const x = read(one.result, one)
    const y = read(other.result, other)
    return { seed: one.unit.seed, value: typeof x === "number" && typeof y === "number" ? x - y : null }
  }))
}
