/** Metrics of a batch from those of its parts. The word behind the last colon of a name says how. */
import type { ForwardBackwardOutput } from "../wire/index.ts"

interface Weighted {
  readonly value: number
  /** How many outputs it stands for. */
  readonly weight: number
}

const mean = (parts: ReadonlyArray<Weighted>): number => {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  return total === 0
    ? parts.reduce((sum, { value }) => sum + value, 0) / parts.length
    : parts.reduce((sum, { value, weight }) => sum + value * (weight / total), 0)
}

const values = (parts: ReadonlyArray<Weighted>): ReadonlyArray<number> => parts.map(({ value }) => value)

/** FNV-1a over the sorted values: the same whatever the order of the parts. */
const hash = (parts: ReadonlyArray<Weighted>): number => {
  let state = 0x811c9dc5
  for (const value of values(parts).toSorted((a, b) => a - b)) {
    const bits = new DataView(new ArrayBuffer(8))
    bits.setFloat64(0, value)
    for (let at = 0; at < 8; at++) state = Math.imul(state ^ bits.getUint8(at), 0x01000193) >>> 0
  }
  return state
}

const reduce = (name: string, parts: ReadonlyArray<Weighted>): ReadonlyArray<readonly [string, number]> => {
  switch (name.slice(name.lastIndexOf(":") + 1)) {
    case "mean":
      return [[name, mean(parts)]]
    case "sum":
      return [[name, values(parts).reduce((sum, value) => sum + value, 0)]]
    case "min":
      return [[name, Math.min(...values(parts))]]
    case "max":
      return [[name, Math.max(...values(parts))]]
    case "slack":
      return [[name, Math.max(...values(parts)) - mean(parts)]]
    case "hash_unordered":
      return [[name, hash(parts)]]
    case "unique":
      return values(parts).map((value, index) => [index === 0 ? name : `${name}_${index}`, value] as const)
    default:
      return []
  }
}

/** A metric that a part lacks, or whose reduction is unknown, is left out. */
export const mergeMetrics = (
  parts: ReadonlyArray<Pick<ForwardBackwardOutput, "metrics" | "loss_fn_outputs">>
): Readonly<Record<string, number>> => {
  const [first] = parts
  if (first === undefined) return {}
  if (parts.length === 1) return first.metrics
  return Object.fromEntries(
    Object.keys(first.metrics).flatMap((name) => {
      const found = parts.flatMap(({ loss_fn_outputs, metrics }) => {
        const value = metrics[name]
        return value === undefined ? [] : [{ value, weight: loss_fn_outputs.length }]
      })
      return found.length === parts.length ? reduce(name, found) : []
    })
  )
}
