import type { LossItem } from "../../../core/Loss.ts"
import { type Datum, float32, int64, type LossFn, tokens, toSparseIfShorter } from "../../tinker-sdk/index.ts"
import type { ItemLoss, Slopes } from "./ItemLoss.ts"

/** What one request of forward and backward carries. */
export interface Batch {
  readonly loss: LossFn
  readonly data: ReadonlyArray<Datum>
  /** Tokens the service reads for it. */
  readonly tokens: number
}

/**
 * How slopes reach the service. `soft`: several signed targets per position in cross-entropy, exact for every loss.
 * `sampled`: one target per position, as advantages of importance sampling; for services without soft targets.
 */
type Transfer = "soft" | "sampled"

/** An item whose tokens are to be learned, with its slopes. */
export interface Learned {
  readonly item: LossItem
  readonly loss: ItemLoss
}

/** Zeros of one sign, so that equal batches have equal bytes. */
const negated = (x: number): number => x === 0 ? 0 : -x

/**
 * Input and targets are one sequence, shifted: the input lacks its last token, the targets its first, and the target of row
 * P - 1 + t is the completion's token t, P being the prompt's length.
 */
const shifted = ({ completionIds, promptIds }: LossItem) => {
  const sequence = [...promptIds, ...completionIds]
  return { input: tokens(sequence.slice(0, -1)), targets: sequence.slice(1), first: promptIds.length - 1 }
}

/** A row of numbers for the whole sequence: zero before the completion. */
const padded = (values: ReadonlyArray<number>, first: number): ReadonlyArray<number> => [
  ...Array.from({ length: first }, () => 0),
  ...values
]

const merged = (a: Slopes, b: Slopes): Slopes => {
  const sum: Slopes = new Map(a)
  for (const [id, slope] of b) sum.set(id, (sum.get(id) ?? 0) + slope)
  return sum
}

/** Cross-entropy whose weights are minus the slopes: (N,) when only the sequence's own tokens have any, else (N, K). */
const softDatum = (item: LossItem, slopes: ReadonlyArray<Slopes>): Datum => {
  const { first, input, targets } = shifted(item)
  if (slopes.every((row, t) => [...row.keys()].every((id) => id === item.completionIds[t]))) {
    const weights = slopes.map((row, t) => negated(row.get(item.completionIds[t]!) ?? 0))
    return {
      model_input: input,
      loss_fn_inputs: { target_tokens: int64(targets), weights: float32(padded(weights, first)) }
    }
  }
  const width = Math.max(...slopes.map((row) => row.size))
  const ids = Array.from({ length: targets.length * width }, () => 0)
  const weights = Array.from({ length: targets.length * width }, () => 0)
  slopes.forEach((row, t) => {
    ;[...row].forEach(([id, slope], k) => {
      ids[(first + t) * width + k] = id
      weights[(first + t) * width + k] = negated(slope)
    })
  })
  const shape = [targets.length, width]
  return {
    model_input: input,
    loss_fn_inputs: {
      target_tokens: toSparseIfShorter(int64(ids, shape)),
      weights: toSparseIfShorter(float32(weights, shape))
    }
  }
}

/** Importance sampling from the weights as they are: ratio 1, so that an advantage is minus a slope. */
const sampledDatum = (item: LossItem, logProbs: ReadonlyArray<number>, slopes: ReadonlyArray<Slopes>): Datum => {
  const { first, input, targets } = shifted(item)
  const advantages = slopes.map((row, t) => negated(row.get(item.completionIds[t]!) ?? 0))
  return {
    model_input: input,
    loss_fn_inputs: {
      target_tokens: int64(targets),
      logprobs: float32(padded(logProbs, first)),
      advantages: float32(padded(advantages, first))
    }
  }
}

const lengthOf = (item: LossItem): number => item.promptIds.length + item.completionIds.length - 1

const batch = (loss: LossFn, data: ReadonlyArray<readonly [LossItem, Datum]>): ReadonlyArray<Batch> =>
  data.length === 0 ? [] : [{
    loss,
    data: data.map(([, datum]) => datum),
    tokens: data.reduce((sum, [item]) => sum + lengthOf(item), 0)
  }]

const isFlat = (slopes: ReadonlyArray<Slopes>): boolean => slopes.every((row) => row.size === 0)

/** The requests whose gradients add up to those of the items. Items without any slope are left out. */
export const batchesOf = (learned: ReadonlyArray<Learned>, transfer: Transfer): ReadonlyArray<Batch> => {
  if (transfer === "soft") {
    return batch(
      "cross_entropy",
      learned.flatMap(({ item, loss }) => {
        const slopes = loss.own.map((row, t) => merged(row, loss.anchor[t]!))
        return isFlat(slopes) ? [] : [[item, softDatum(item, slopes)] as const]
      })
    )
  }
  const certain = learned.filter(({ item, loss }) => item._tag === "CrossEntropy" && !isFlat(loss.own))
  const judged = learned.flatMap(({ item, loss }) => {
    const slopes = item._tag === "CrossEntropy"
      ? loss.anchor
      : loss.own.map((row, t) => merged(row, loss.anchor[t]!))
    return isFlat(slopes) ? [] : [[item, sampledDatum(item, loss.report.logProbs, slopes)] as const]
  })
  return [
    ...batch("cross_entropy", certain.map(({ item, loss }) => [item, softDatum(item, loss.own)] as const)),
    ...batch("importance_sampling", judged)
  ]
}
