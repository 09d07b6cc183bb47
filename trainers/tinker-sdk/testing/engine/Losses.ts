import type { DatumOutput, TrainingBatch, TrainingDatum } from "./Engine.ts"

/** Value and derivative of one target's loss with respect to its log-probability. */
interface Term {
  readonly loss: number
  readonly slope: number
}

const DEFAULT_CLIP_LOW = 0.8
const DEFAULT_CLIP_HIGH = 1.2
/** The service documents no default; its own example uses this. */
const DEFAULT_BETA = 0.05

type Cell = (values: ReadonlyArray<ReadonlyArray<number>> | undefined) => number | undefined

/**
 * The loss of one target with log-probability l; q is its log-probability when it was sampled, A its advantage, r = exp(l - q).
 * cross_entropy: -w l. importance_sampling: -r A. ppo: -min(r A, clamp(r) A). cispo: -stopgrad(clamp(r)) l A.
 * dro: -(l A - beta/2 (l - q)^2).
 */
const term = (batch: TrainingBatch, datum: TrainingDatum, l: number, cell: Cell): Term => {
  if (batch.loss === "cross_entropy") {
    const w = cell(datum.weights) ?? 0
    return { loss: -w * l, slope: -w }
  }
  const a = cell(datum.advantages) ?? 0
  const q = cell(datum.logprobs) ?? 0
  const ratio = Math.exp(l - q)
  const low = cell(datum.clipLow) ?? batch.config["clip_low_threshold"] ?? DEFAULT_CLIP_LOW
  const high = cell(datum.clipHigh) ?? batch.config["clip_high_threshold"] ?? DEFAULT_CLIP_HIGH
  const clamped = Math.min(Math.max(ratio, low), high)
  switch (batch.loss) {
    case "importance_sampling":
      return { loss: -ratio * a, slope: -ratio * a }
    case "ppo":
      return ratio * a <= clamped * a ? { loss: -ratio * a, slope: -ratio * a } : { loss: -clamped * a, slope: 0 }
    case "cispo":
      return { loss: -clamped * l * a, slope: -clamped * a }
    case "dro": {
      const beta = batch.config["beta"] ?? DEFAULT_BETA
      return { loss: -(l * a - 0.5 * beta * (l - q) ** 2), slope: -(a - beta * (l - q)) }
    }
  }
}

/**
 * Losses of one datum and their derivatives by the log-probabilities, both [N, K]. The service adds losses up: no mean over
 * tokens or sequences anywhere.
 */
export const datumLoss = (
  batch: TrainingBatch,
  datum: TrainingDatum,
  logprobs: ReadonlyArray<ReadonlyArray<number>>
): DatumOutput & { readonly slopes: ReadonlyArray<ReadonlyArray<number>> } => {
  const terms = logprobs.map((row, t) => row.map((l, k) => term(batch, datum, l, (values) => values?.[t]?.[k])))
  return {
    logprobs,
    losses: terms.map((row) => row.map(({ loss }) => loss)),
    slopes: terms.map((row) => row.map(({ slope }) => slope))
  }
}
