import * as Effect from "effect/Effect"
import {
  type Datum,
  float32,
  int64,
  type SamplingClient,
  type TinkerError,
  tokens,
  type TrainingClient,
  type TrainingOutput
} from "../tinker-sdk/index.ts"
import type { Watch } from "./Watch.ts"

/*
 * Services of this protocol differ in what they can do and do not say so. A few tokens show it, before anything depends on it.
 */

/** Log-probabilities of the same tokens from two passes differ by less, even in half precision. */
const ROUNDING = 0.1

/** What a service refuses or does not answer, as opposed to being out of reach or out of service. */
const isRefusal = (error: TinkerError): boolean =>
  error._tag === "TinkerProtocolError" || error._tag === "TinkerRequestFailed"
  || (error._tag === "TinkerStatusError" && [400, 404, 415, 422, 501].includes(error.status))

const knows = <A>(effect: Effect.Effect<A, TinkerError>): Effect.Effect<A | undefined, TinkerError> =>
  Effect.catchIf(effect, isRefusal, () => Effect.succeed(undefined))

/** How many of the likeliest tokens a sampler lists at a position, asked on a three-token prompt. */
export const probeTopK = Effect.fnUntraced(function*(
  sampler: SamplingClient,
  prompt: ReadonlyArray<number>,
  topK: number,
  watch: Watch
): Effect.fn.Return<number, TinkerError> {
  if (topK === 0) return 0
  watch.count({ prefill: prompt.length, sampled: 1 })
  const listed = yield* knows(watch.timed("probe", sampler.topKLogprobs(tokens(prompt), topK)))
  const rows = listed?.topKPromptLogprobs?.slice(1) ?? []
  return rows.length === 0 ? 0 : Math.min(topK, ...rows.map((row) => row?.length ?? 0))
})

const datum = (input: ReadonlyArray<number>, targets: ReadonlyArray<number>, shape: ReadonlyArray<number>): Datum => ({
  model_input: tokens(input),
  loss_fn_inputs: { target_tokens: int64(targets, shape), weights: float32(targets.map(() => 0), shape) }
})

/**
 * Whether several targets per position are understood, and not flattened into one: two targets at two positions must be given
 * the log-probabilities that each has alone.
 */
const softTargetsAgree = (
  soft: TrainingOutput | undefined,
  single: TrainingOutput | undefined
): boolean => {
  const both = soft?.outputs[0]?.["logprobs"]?.data
  const [first, second] = (single?.outputs ?? []).map((output) => output["logprobs"]?.data)
  const expected = [first?.[0], second?.[0], first?.[1], second?.[1]]
  return both?.length === 4 &&
    expected.every((value, i) => value !== undefined && Math.abs(value - both[i]!) < ROUNDING)
}

/** Asks with weights of zero and without gradient. */
export const probeSoftTargets = Effect.fnUntraced(function*(
  model: TrainingClient,
  [a = 0, b = 0]: ReadonlyArray<number>,
  watch: Watch
): Effect.fn.Return<boolean, TinkerError> {
  const input = [a, b]
  watch.count({ trained: 6 })
  const pass = (data: ReadonlyArray<Datum>) =>
    Effect.map(model.submit.forward(data, "cross_entropy"), ({ result }) => knows(watch.timed("probe", result)))
  const soft = yield* pass([datum(input, [a, b, b, a], [2, 2])])
  const single = yield* pass([datum(input, [a, b], [2]), datum(input, [b, a], [2])])
  const [both, one] = yield* Effect.all([soft, single], { concurrency: "unbounded" })
  return softTargetsAgree(both, one)
})
