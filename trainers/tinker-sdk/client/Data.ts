/** Prompts, tensors and training data, from plain numbers. */
import * as Effect from "effect/Effect"
import { TinkerInputError } from "../TinkerError.ts"
import type { Datum, LossFnConfig, ModelInput, TensorData } from "../wire/index.ts"

/** A text prompt or training input. */
export const tokens = (ids: ArrayLike<number>): ModelInput => ({
  chunks: ids.length === 0 ? [] : [{ type: "encoded_text", tokens: Array.from(ids) }]
})

/** Whole numbers; flat in row-major order, `shape` defaults to one axis. */
export const int64 = (data: ArrayLike<number>, shape: ReadonlyArray<number> = [data.length]): TensorData => ({
  data: Array.from(data),
  dtype: "int64",
  shape
})

/** Single precision numbers; flat in row-major order, `shape` defaults to one axis. */
export const float32 = (data: ArrayLike<number>, shape: ReadonlyArray<number> = [data.length]): TensorData => ({
  data: Array.from(data),
  dtype: "float32",
  shape
})

/**
 * The losses of the service. Each is a sum over tokens and datums: divide weights or advantages yourself. With l the
 * log-probability under the weights in training, q `logprobs`, A `advantages`, w `weights` and r = exp(l − q):
 *
 * - `cross_entropy`: −Σ w·l; needs `target_tokens`, `weights`, both (N,) or both (N,K)
 * - `importance_sampling`: −Σ r·A; needs `target_tokens`, `logprobs`, `advantages`, all (N,)
 * - `ppo`: −Σ min(r·A, clamp(r, low, high)·A); the same inputs
 * - `cispo`: −Σ stopgrad(clamp(r, low, high))·l·A; the same inputs
 * - `dro`: −Σ (l·A − ½·beta·(l − q)²); the same inputs
 */
export type LossFn = "cross_entropy" | "importance_sampling" | "ppo" | "cispo" | "dro"

const POLICY = ["target_tokens", "logprobs", "advantages"]
const NEEDS: Readonly<Record<LossFn, ReadonlyArray<string>>> = {
  cross_entropy: ["target_tokens", "weights"],
  importance_sampling: POLICY,
  ppo: POLICY,
  cispo: POLICY,
  dro: POLICY
}

/** All that any loss takes; the service refuses other names, such as a local mask. */
const KNOWN = new Set([...POLICY, "weights", "clip_low_threshold", "clip_high_threshold"])

/** Bounds of the ratio r, which servers default differently. */
const CLIP = { clip_low_threshold: 0.8, clip_high_threshold: 1.2 }

/** The settings to send: clip bounds are always said. Fails for `dro` without `beta`. */
export const lossConfig = (
  operation: string,
  loss: LossFn,
  config: LossFnConfig | undefined
): Effect.Effect<LossFnConfig | undefined, TinkerInputError> => {
  if (loss === "ppo" || loss === "cispo") return Effect.succeed({ ...CLIP, ...config })
  if (loss === "dro" && config?.["beta"] === undefined) {
    return Effect.fail(new TinkerInputError({ operation, detail: "The loss dro needs a setting beta, say 0.05." }))
  }
  return Effect.succeed(config)
}

/** Tokens of an input that is only text. */
export const textLength = (input: ModelInput): number | undefined =>
  input.chunks.every((chunk) => chunk.type === "encoded_text")
    ? input.chunks.reduce((total, chunk) => total + (chunk.type === "encoded_text" ? chunk.tokens.length : 0), 0)
    : undefined

const problem = (datum: Datum, loss: LossFn): string | undefined => {
  const { loss_fn_inputs: inputs, model_input: input } = datum
  if (input.chunks.length === 0) return "has no input"
  if (input.chunks.some((chunk) => chunk.type === "encoded_text" && chunk.tokens.length === 0)) {
    return "has an empty text chunk"
  }
  const missing = NEEDS[loss].find((name) => inputs[name] === undefined)
  if (missing !== undefined) return `lacks "${missing}", which ${loss} needs`
  const unknown = Object.keys(inputs).find((name) => !KNOWN.has(name))
  if (unknown !== undefined) return `has "${unknown}", which no loss takes`
  const length = textLength(input)
  if (length === undefined) return undefined
  const uneven = Object.entries(inputs).find(([, { data, shape }]) => (shape?.[0] ?? data.length) !== length)
  return uneven === undefined ? undefined : `has ${length} tokens, but "${uneven[0]}" has another length`
}

/** Fails at the first datum that the service would refuse. */
export const checkData = (
  operation: string,
  data: ReadonlyArray<Datum>,
  loss: LossFn
): Effect.Effect<void, TinkerInputError> => {
  if (data.length === 0) return Effect.fail(new TinkerInputError({ operation, detail: "There is no datum." }))
  for (const [index, datum] of data.entries()) {
    const found = problem(datum, loss)
    if (found !== undefined) {
      return Effect.fail(new TinkerInputError({ operation, detail: `Datum ${index} ${found}.` }))
    }
  }
  return Effect.void
}
