import * as Effect from "effect/Effect"
import type { BaseModel, LossName, TrainingBatch, TrainingDatum } from "../engine/Engine.ts"
import { type Refusal, refuse } from "./Http.ts"
import type { Datum, LossInput, TensorData } from "./Requests.ts"

interface LossRules {
  readonly needs: ReadonlyArray<string>
  readonly takes: ReadonlyArray<string>
  readonly config: ReadonlyArray<string>
}

const CLIP = ["clip_low_threshold", "clip_high_threshold"]
const SAMPLED = ["target_tokens", "logprobs", "advantages"]

/** Inputs and settings of each loss; any other key is refused. */
const rules: Readonly<Record<LossName, LossRules>> = {
  cross_entropy: { needs: ["target_tokens", "weights"], takes: [], config: [] },
  importance_sampling: { needs: SAMPLED, takes: [], config: [] },
  ppo: { needs: SAMPLED, takes: CLIP, config: CLIP },
  cispo: { needs: SAMPLED, takes: CLIP, config: CLIP },
  dro: { needs: SAMPLED, takes: [], config: ["beta"] }
}

/** A batch ready for the engine, and for each datum whether its targets had two axes. */
export interface CheckedBatch extends TrainingBatch {
  readonly twoAxes: ReadonlyArray<boolean>
}

type Chunks = Datum["model_input"]["chunks"]

/** Token ids of a model input. */
export const textTokens = (chunks: Chunks): Effect.Effect<ReadonlyArray<number>, Refusal> =>
  Effect.gen(function*() {
    const tokens: Array<number> = []
    for (const chunk of chunks) {
      if (chunk.type !== "encoded_text") {
        return yield* refuse(400, `chunks of type ${chunk.type} are not supported by this model`)
      }
      if (chunk.tokens.length === 0) return yield* refuse(400, "a text chunk is empty: leave it out")
      tokens.push(...chunk.tokens)
    }
    if (tokens.length === 0) return yield* refuse(400, "the model input has no tokens")
    return tokens
  })

/** The numbers of a tensor, sparse ones filled with zeros. */
const denseValues = (name: string, tensor: TensorData): Effect.Effect<ReadonlyArray<number>, Refusal> => {
  const { data, shape, sparse_col_indices: columns, sparse_crow_indices: rows } = tensor
  if (rows === undefined || rows === null || columns === undefined || columns === null) return Effect.succeed(data)
  if (shape?.length !== 2 || rows.length !== shape[0]! + 1 || columns.length !== data.length) {
    return Effect.fail(refuse(400, `${name}: sparse indices and shape do not fit together`))
  }
  const width = shape[1]!
  const values = Array.from({ length: shape[0]! * width }, () => 0)
  for (let row = 0; row < shape[0]!; row++) {
    for (let at = rows[row]!; at < rows[row + 1]!; at++) values[row * width + columns[at]!] = data[at]!
  }
  return Effect.succeed(values)
}

/** A tensor as rows [N, K]. */
const asRows = Effect.fnUntraced(function*(
  name: string,
  tensor: TensorData,
  length: number
): Effect.fn.Return<ReadonlyArray<ReadonlyArray<number>>, Refusal> {
  const dtype = name === "target_tokens" ? "int64" : "float32"
  if (tensor.dtype !== dtype) return yield* refuse(400, `${name} is ${tensor.dtype}: send ${dtype}`)
  const values = yield* denseValues(name, tensor)
  const shape = tensor.shape ?? [values.length]
  const size = shape.reduce((product, axis) => product * axis, 1)
  if (size !== values.length || shape.length < 1 || shape.length > 2 || shape[0] !== length) {
    return yield* refuse(
      400,
      `${name} has shape [${shape.join(", ")}] and ${values.length} numbers for ${length} tokens of model_input`
    )
  }
  const width = shape[1] ?? 1
  return Array.from({ length }, (_, row) => values.slice(row * width, (row + 1) * width))
})

const widthOf = (rows: ReadonlyArray<ReadonlyArray<number>>): number => rows[0]?.length ?? 1

const checkDatum = Effect.fnUntraced(function*(
  loss: LossName,
  datum: Datum,
  model: BaseModel
): Effect.fn.Return<{ readonly datum: TrainingDatum; readonly twoAxes: boolean }, Refusal> {
  const { needs, takes } = rules[loss]
  const inputs = datum.loss_fn_inputs
  const unknown = Object.keys(inputs).find((key) => !needs.includes(key) && !takes.includes(key))
  if (unknown !== undefined) return yield* refuse(400, `loss_fn_inputs has ${unknown}, which ${loss} does not take`)
  const missing = needs.find((key) => inputs[key] === undefined)
  if (missing !== undefined) return yield* refuse(400, `loss_fn_inputs lacks ${missing}, which ${loss} needs`)
  const tokens = yield* textTokens(datum.model_input.chunks)
  const rows = new Map<string, ReadonlyArray<ReadonlyArray<number>>>()
  for (const [name, tensor] of Object.entries(inputs)) rows.set(name, yield* asRows(name, tensor, tokens.length))
  const targets = rows.get("target_tokens")!
  const twoAxes = inputs["target_tokens"]!.shape?.length === 2
  if (twoAxes && loss !== "cross_entropy")
    return yield* refuse(400, `target_tokens has two axes, which ${loss} does not take`)
  const odd = [...rows].find(([, value]) => widthOf(value) !== widthOf(targets))
  if (odd !== undefined) return yield* refuse(400, `${odd[0]} and target_tokens have different shapes`)
  const outside = [...tokens, ...targets.flat()].find((id) =>
    !(Number.isInteger(id) && id >= 0 && id < model.vocabularySize)
  )
  if (outside !== undefined) return yield* refuse(400, `token ${outside} is outside the vocabulary of ${model.name}`)
  const named = {
    weights: rows.get("weights"),
    logprobs: rows.get("logprobs"),
    advantages: rows.get("advantages"),
    clipLow: rows.get("clip_low_threshold"),
    clipHigh: rows.get("clip_high_threshold")
  }
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
  return { twoAxes, datum: { tokens, targets, ...given } }
})

/** Checks a batch as the service does before it takes it; what is wrong is a 400 that names it. */
export const checkBatch = Effect.fnUntraced(function*(
  input: LossInput,
  model: BaseModel
): Effect.fn.Return<CheckedBatch, Refusal> {
  const config = input.loss_fn_config ?? {}
  const unknown = Object.keys(config).find((key) => !rules[input.loss_fn].config.includes(key))
  if (unknown !== undefined)
    return yield* refuse(400, `loss_fn_config has ${unknown}, which ${input.loss_fn} does not take`)
  if (input.data.length === 0) return yield* refuse(400, "data is empty")
  const checked = yield* Effect.forEach(input.data, (datum) => checkDatum(input.loss_fn, datum, model))
  return {
    loss: input.loss_fn,
    config,
    data: checked.map(({ datum }) => datum),
    twoAxes: checked.map(({ twoAxes }) => twoAxes)
  }
})

/** What only shows when the batch is run: numbers that are not finite, and too long sequences. */
export const problemOf = (batch: CheckedBatch, model: BaseModel): string | undefined => {
  for (const { advantages, logprobs, tokens, weights } of batch.data) {
    if (tokens.length > model.contextLength) {
      return `PromptTooLong: ${tokens.length} tokens, but ${model.name} has room for ${model.contextLength}`
    }
    if (![weights, logprobs, advantages].every((rows) => (rows ?? []).flat().every(Number.isFinite))) {
      return "NonFiniteInTensor: a loss input holds a number that is not finite"
    }
  }
  return undefined
}

type Cells = ReadonlyArray<ReadonlyArray<number>>

const timesFactor = (rows: Cells | undefined, factor: number): Cells | undefined =>
  rows?.map((row) => row.map((value) => value * factor))

/**
 * The batch whose summed loss is the mean over sequences of each one's loss by the sum of its weights, or its length without any.
 * All losses are proportional to weights or advantages but dro, which such services do not have.
 */
export const scaledByLength = (batch: CheckedBatch): CheckedBatch => ({
  ...batch,
  data: batch.data.map((datum) => {
    const mask = (datum.weights ?? datum.targets.map((row) => row.map(() => 1))).flat()
    const factor = 1 / (Math.max(mask.reduce((sum, value) => sum + value, 0), 1e-9) * batch.data.length)
    const weights = timesFactor(datum.weights, factor)
    const advantages = timesFactor(datum.advantages, factor)
    return {
      ...datum,
      ...(weights === undefined ? {} : { weights }),
      ...(advantages === undefined ? {} : { advantages })
    }
  })
})
