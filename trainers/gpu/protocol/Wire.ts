import type { HiddenRequest, OptimizerOptions, SampleRequest, ScoreRequest } from "../../../core/LoraBackend.ts"
import type { Weights } from "../../../core/Weights.ts"
import type { LossItem } from "../../../core/Loss.ts"

/*
 * Requests as they go on the wire: exactly the fields of the protocol, since the worker refuses unknown ones and a caller's
 * objects may carry more than their type says.
 */

const weightsOf = (weights: Weights): Weights =>
  weights._tag === "Shadow" ? { _tag: "Shadow", name: weights.name } : { _tag: weights._tag }

/** Like the given object, without the fields that are undefined. */
const present = <A extends object>(value: A): A =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as A

export const sampleInput = (request: SampleRequest): SampleRequest => ({
  promptIds: request.promptIds,
  maxTokens: request.maxTokens,
  temperature: request.temperature,
  topP: request.topP,
  seed: request.seed,
  weights: weightsOf(request.weights)
})

export const hiddenInput = ({ completionIds, promptIds, weights }: HiddenRequest): HiddenRequest => ({
  promptIds,
  completionIds,
  weights: weightsOf(weights)
})

export const scoreInput = (request: ScoreRequest): ScoreRequest => ({
  ...hiddenInput(request),
  topK: request.topK ?? 0
})

export const lossInput = (item: LossItem): LossItem => {
  const { baseKl, completionIds, mask, oldLogProbs, promptIds, ratioClip } = item
  const base = present({
    promptIds,
    completionIds,
    mask,
    oldLogProbs,
    ratioClip: ratioClip === undefined ? undefined : { min: ratioClip.min, max: ratioClip.max },
    baseKl
  }) as Pick<LossItem, "promptIds" | "completionIds" | "mask" | "oldLogProbs" | "ratioClip" | "baseKl">
  switch (item._tag) {
    case "Distill":
      return {
        ...base,
        _tag: "Distill",
        divergence: item.divergence.kind === "jsd"
          ? { kind: "jsd", alpha: item.divergence.alpha }
          : { kind: item.divergence.kind },
        ...(item.topK === undefined ? {} : { topK: item.topK }),
        teacher: { promptIds: item.teacher.promptIds, weights: weightsOf(item.teacher.weights) }
      }
    case "PolicyGradient":
      return { ...base, _tag: "PolicyGradient", advantages: item.advantages }
    case "CrossEntropy":
      return { ...base, _tag: "CrossEntropy" }
  }
}

export const optimizerInput = (options: OptimizerOptions): OptimizerOptions => ({
  learningRate: options.learningRate,
  beta1: options.beta1,
  beta2: options.beta2,
  epsilon: options.epsilon,
  weightDecay: options.weightDecay,
  maxGradientNorm: options.maxGradientNorm
})
