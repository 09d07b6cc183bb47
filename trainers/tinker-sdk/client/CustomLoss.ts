/** Losses of one's own: the service gives log-probabilities, the caller the gradient with respect to them. */
import * as Effect from "effect/Effect"
import { TinkerInputError } from "../TinkerError.ts"
import type { Datum, TensorData } from "../wire/index.ts"
import { float32 } from "./Data.ts"

export interface CustomLoss {
  /** dC/dl of each datum, flat and as long as its log-probabilities, in the order of the data. */
  readonly gradients: ReadonlyArray<ArrayLike<number>>
  /** Joins the metrics of the result. */
  readonly metrics?: Readonly<Record<string, number>> | undefined
}

/**
 * Gets the log-probabilities of every datum's `target_tokens`, flat, with their shape (N,) or (N,K), and gives the gradient
 * of a scalar C with respect to them.
 */
export type LossAndGradient<E = never, R = never> = (
  logprobs: ReadonlyArray<TensorData>,
  data: ReadonlyArray<Datum>
) => Effect.Effect<CustomLoss, E, R>

const ALLOWED = new Set(["target_tokens", "weights"])
const OPERATION = "forward_backward_custom"

const wrong = (detail: string) => Effect.fail(new TinkerInputError({ operation: OPERATION, detail }))

/** The data of the first pass: weights are zero where there are none. */
export const withWeights = (
  data: ReadonlyArray<Datum>
): Effect.Effect<ReadonlyArray<Datum>, TinkerInputError> =>
  Effect.forEach(data, (datum, index) => {
    const targets = datum.loss_fn_inputs["target_tokens"]
    if (targets === undefined) return wrong(`Datum ${index} lacks "target_tokens".`)
    const other = Object.keys(datum.loss_fn_inputs).find((name) => !ALLOWED.has(name))
    if (other !== undefined) return wrong(`Datum ${index} has "${other}"; only target_tokens and weights may be there.`)
    const shape = targets.shape ?? [targets.data.length]
    const zeros = float32(Array.from({ length: shape.reduce((all, size) => all * size, 1) }, () => 0), shape)
    return Effect.succeed({
      ...datum,
      loss_fn_inputs: { target_tokens: targets, weights: datum.loss_fn_inputs["weights"] ?? zeros }
    })
  })

/** The log-probabilities that the first pass gave. */
export const logprobsOf = (
  outputs: ReadonlyArray<Readonly<Record<string, TensorData>>>,
  data: ReadonlyArray<Datum>
): Effect.Effect<ReadonlyArray<TensorData>, TinkerInputError> =>
  Effect.forEach(data, (datum, index) => {
    const logprobs = outputs[index]?.["logprobs"]
    const targets = datum.loss_fn_inputs["target_tokens"]
    if (logprobs === undefined) return wrong(`The service gave no log-probabilities for datum ${index}.`)
    return Effect.succeed(
      logprobs.data.length === targets?.data.length
        ? { ...logprobs, shape: targets.shape ?? [targets.data.length] }
        : logprobs
    )
  })

/** The data of the second pass: cross-entropy with weights −g has exactly the gradient of C. */
export const withGradients = (
  data: ReadonlyArray<Datum>,
  logprobs: ReadonlyArray<TensorData>,
  gradients: ReadonlyArray<ArrayLike<number>>
): Effect.Effect<ReadonlyArray<Datum>, TinkerInputError> =>
  gradients.length === data.length
    ? Effect.forEach(data, (datum, index) => {
      const gradient = Array.from(gradients[index]!)
      const { data: values, shape } = logprobs[index]!
      if (gradient.length !== values.length) {
        return wrong(`Gradient ${index} has ${gradient.length} numbers, its log-probabilities ${values.length}.`)
      }
      if (!gradient.every(Number.isFinite)) return wrong(`Gradient ${index} is not finite.`)
      return Effect.succeed({
        ...datum,
        loss_fn_inputs: {
          ...datum.loss_fn_inputs,
          // Not −0, which would make equal batches differ in bytes.
          weights: float32(gradient.map((g) => g === 0 ? 0 : -g), shape ?? [values.length])
        }
      })
    })
    : wrong(`There are ${gradients.length} gradients for ${data.length} datums.`)
