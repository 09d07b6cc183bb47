import type { Weights } from "../../core/Weights.ts"
import type { LossItem, LossItemReport, LossReport } from "../../core/Loss.ts"
import { norm } from "./ReferenceAdamW.ts"
import { crossEntropyGradient, divergence, divergenceGradient, kl } from "../../trainers/math/Divergence.ts"
import { importanceRatio } from "../../trainers/math/Ratio.ts"
import { topIndices, topKDivergence, topKDivergenceGradient } from "../oracle/TopK.ts"
import { activeFeatures, addGradient, nextLogProbs, PARAMETERS } from "./ReferenceModel.ts"

/** Log-probabilities over the vocabulary at each position of `completion`. */
export const distributions = (
  prompt: ReadonlyArray<number>,
  completion: ReadonlyArray<number>,
  adapter: Float64Array | undefined
): ReadonlyArray<Float64Array> =>
  completion.map((_, t) => nextLogProbs(activeFeatures([...prompt, ...completion.slice(0, t)]), adapter))

const reverseKl = { kind: "reverse_kl" } as const

/** Value, per-item report and adapter gradient of a list of losses, all by closed forms. */
export const lossAndGradient = (
  items: ReadonlyArray<LossItem>,
  adapter: Float64Array,
  resolve: (weights: Weights) => Float64Array | undefined
): { readonly report: LossReport; readonly gradient: Float64Array } => {
  const gradient = new Float64Array(PARAMETERS)
  const count = items.reduce(
    (sum, { completionIds, mask }) => sum + (mask?.reduce((a, b) => a + b, 0) ?? completionIds.length),
    0
  )
  let loss = 0
  const reports = items.map((item): LossItemReport => {
    const { completionIds: ids, mask, oldLogProbs, promptIds, ratioClip } = item
    const student = distributions(promptIds, ids, adapter)
    const base = item.baseKl === 0 ? undefined : distributions(promptIds, ids, undefined)
    const teacher = item._tag === "Distill"
      ? distributions(item.teacher.promptIds, ids, resolve(item.teacher.weights))
      : undefined
    const logProbs = student.map((p, t) => p[ids[t]!]!)
    const ratios = logProbs.map((s, t) =>
      oldLogProbs === undefined ? 1 : importanceRatio(s, oldLogProbs[t]!, ratioClip)
    )
    const baseKls = student.map((p, t) => base === undefined ? 0 : kl(p, base[t]!))
    const support = item._tag === "Distill" && item.topK !== undefined
      ? student.map((p) => topIndices(p, item.topK!))
      : undefined
    const divergences = item._tag === "Distill"
      ? student.map((p, t) =>
        support === undefined
          ? divergence(item.divergence, p, teacher![t]!)
          : topKDivergence(item.divergence, p, teacher![t]!, support[t]!)
      )
      : undefined
    student.forEach((p, t) => {
      const weight = (mask?.[t] ?? 1) / count
      if (weight === 0) return
      const ratio = ratios[t]!
      const oneHotGap = crossEntropyGradient(p, ids[t]!)
      const add = (value: number, dz: Float64Array) => {
        loss += weight * value
        addGradient(gradient, adapter, activeFeatures([...promptIds, ...ids.slice(0, t)]), dz.map((x) => weight * x))
      }
      switch (item._tag) {
        case "Distill":
          add(
            ratio * divergences![t]!,
            (support === undefined
              ? divergenceGradient(item.divergence, p, teacher![t]!)
              : topKDivergenceGradient(item.divergence, p, teacher![t]!, support[t]!)).map((x) => ratio * x)
          )
          break
        case "PolicyGradient": {
          const advantage = item.advantages[t]!
          add(-ratio * advantage * logProbs[t]!, oneHotGap.map((x) => ratio * advantage * x))
          break
        }
        case "CrossEntropy":
          add(-ratio * logProbs[t]!, oneHotGap.map((x) => ratio * x))
          break
      }
      if (base !== undefined) {
        add(item.baseKl * baseKls[t]!, divergenceGradient(reverseKl, p, base[t]!).map((x) => item.baseKl * x))
      }
    })
    return {
      logProbs,
      ...(teacher === undefined ? {} : { teacherLogProbs: teacher.map((q, t) => q[ids[t]!]!) }),
      ...(divergences === undefined ? {} : { divergences }),
      baseKls,
      ratios
    }
  })
  return { report: { loss, gradientNorm: norm(gradient), items: reports }, gradient }
}
