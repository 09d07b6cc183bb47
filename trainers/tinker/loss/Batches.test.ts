import { assert, describe, it } from "@effect/vitest"
import type { LossItem } from "../../../core/Loss.ts"
import { batchesOf } from "./Batches.ts"
import { itemLoss } from "./ItemLoss.ts"
import { rowsOf } from "./Rows.ts"

const STOP = 9
const base = { promptIds: [1, 2, 3], completionIds: [4, 5, STOP], baseKl: 0 }
const crossEntropy: LossItem = { _tag: "CrossEntropy", ...base }
const policyGradient: LossItem = { _tag: "PolicyGradient", ...base, advantages: [2, -4, 1] }
const logProbs = [-1, -2, -0.5]
const student = rowsOf({ logProbs }, base.completionIds)

const of = (item: LossItem, count = 3) => ({ item, loss: itemLoss(item, { student }, 100, count) })
const inputs = (item: LossItem, transfer: "soft" | "sampled" = "soft") =>
  batchesOf([of(item)], transfer).map(({ data, loss }) => [
    loss,
    Object.fromEntries(Object.entries(data[0]!.loss_fn_inputs).map(([name, { data: numbers }]) => [name, numbers]))
  ])

describe("what is sent to learn from", () => {
  it("is one sequence shifted by one: row P - 1 + t holds the completion's token t, the end of the turn included", () => {
    const [batch] = batchesOf([of(crossEntropy)], "soft")
    assert.deepStrictEqual(batch?.data[0]?.model_input, { chunks: [{ type: "encoded_text", tokens: [1, 2, 3, 4, 5] }] })
    assert.deepStrictEqual(inputs(crossEntropy), [[
      "cross_entropy",
      { target_tokens: [2, 3, 4, 5, STOP], weights: [0, 0, 1 / 3, 1 / 3, 1 / 3] }
    ]])
    assert.strictEqual(batch?.tokens, 5)
  })

  it("is a mean over tokens although the service adds up: the weights of a batch sum to one", () => {
    const two = [of(crossEntropy, 6), of(crossEntropy, 6)]
    const weights = batchesOf(two, "soft").flatMap(({ data }) =>
      data.flatMap(({ loss_fn_inputs }) => loss_fn_inputs["weights"]?.data ?? [])
    )
    assert.closeTo(weights.reduce((sum, x) => sum + x, 0), 1, 1e-12)
  })

  it("leaves masked tokens out, and items without any slope altogether", () => {
    assert.deepStrictEqual(inputs({ ...crossEntropy, mask: [1, 0, 1] })[0]?.[1], {
      target_tokens: [2, 3, 4, 5, STOP],
      weights: [0, 0, 1 / 3, 0, 1 / 3]
    })
    assert.deepStrictEqual(batchesOf([of({ ...policyGradient, advantages: [0, 0, 0] })], "soft"), [])
  })

  it("carries advantages as signed weights, or as importance sampling from the weights as they are", () => {
    const third = [2, -4, 1].map((a) => a / 3)
    assert.deepStrictEqual(inputs(policyGradient), [[
      "cross_entropy",
      { target_tokens: [2, 3, 4, 5, STOP], weights: [0, 0, ...third] }
    ]])
    assert.deepStrictEqual(inputs(policyGradient, "sampled"), [[
      "importance_sampling",
      { target_tokens: [2, 3, 4, 5, STOP], logprobs: [0, 0, ...logProbs], advantages: [0, 0, ...third] }
    ]])
  })

  it("has the detached, clamped ratio in the weights", () => {
    const clipped: LossItem = {
      ...policyGradient,
      oldLogProbs: [-1 - Math.log(1.5), -2 + 5, -0.5 - 5],
      ratioClip: { min: 0.5, max: 2 }
    }
    const { loss, report } = of(clipped).loss
    ;[1.5, 0.5, 2].forEach((ratio, t) => assert.closeTo(report.ratios[t]!, ratio, 1e-12))
    assert.closeTo(loss, (-1.5 * 2 * -1 + -0.5 * -4 * -2 + -2 * 1 * -0.5) / 3, 1e-12)
    const weights = inputs(clipped)[0]?.[1]
    assert.closeTo(Object(weights).weights[2], 1.5 * 2 / 3, 1e-12)
  })

  it("pulls towards the teacher's tokens through several targets per position", () => {
    const row = (entries: ReadonlyArray<readonly [number, number]>) =>
      new Map(entries.map(([id, p]) => [id, Math.log(p)] as const))
    const item: LossItem = {
      _tag: "Distill",
      promptIds: [1, 2],
      completionIds: [4, STOP],
      baseKl: 0,
      divergence: { kind: "forward_kl" },
      topK: 2,
      teacher: { promptIds: [7, 7, 7], weights: { _tag: "Base" } }
    }
    const views = {
      student: [row([[4, 0.5], [6, 0.2]]), row([[STOP, 0.9]])],
      teacher: [row([[6, 0.6], [4, 0.1]]), row([[STOP, 0.9]])]
    }
    const loss = itemLoss(item, views, 100, 2)
    const [batch] = batchesOf([{ item, loss }], "soft")
    const { target_tokens: targets, weights } = batch!.data[0]!.loss_fn_inputs
    assert.deepStrictEqual(targets?.shape, [3, 2])
    assert.deepStrictEqual(targets?.data.slice(0, 4), [0, 0, 4, 6])
    ;[0, 0, -0.2, 0.2, 0, 0].forEach((x, i) => assert.closeTo(weights!.data[i]!, x, 1e-12))
    assert.deepStrictEqual(loss.report.teacherLogProbs, [Math.log(0.1), Math.log(0.9)])
  })

  it("pulls by forward KL towards what only the teacher lists, and by reverse KL not", () => {
    const row = (entries: ReadonlyArray<readonly [number, number]>) =>
      new Map(entries.map(([id, p]) => [id, Math.log(p)] as const))
    const views = { student: [row([[4, 0.9]])], teacher: [row([[6, 0.7], [4, 0.1]])] }
    const slopes = (kind: "forward_kl" | "reverse_kl") =>
      itemLoss(
        {
          _tag: "Distill",
          promptIds: [1, 2],
          completionIds: [4],
          baseKl: 0,
          divergence: { kind },
          topK: 2,
          teacher: { promptIds: [7], weights: { _tag: "Base" } }
        },
        views,
        100,
        1
      ).own[0]
    const forward = slopes("forward_kl")
    assert.closeTo(forward?.get(6) ?? 0, -0.7, 1e-12)
    // -q + p Q / P, with the rest of the teacher's mass 1 - 0.1 - 0.7.
    assert.closeTo(forward?.get(4) ?? 0, -0.1 + 0.9 * 0.2 / 0.1, 1e-9)
    assert.deepStrictEqual([...slopes("reverse_kl")?.keys() ?? []], [4])
  })

  it("holds to the base by its sampled tokens alone where no others are known", () => {
    const item: LossItem = { ...crossEntropy, baseKl: 0.5 }
    const o = [-1.5, -2, -0.4]
    const { anchor, report } = itemLoss(item, { student, base: rowsOf({ logProbs: o }, base.completionIds) }, 100, 3)
    report.baseKls.forEach((value, t) => {
      const d = logProbs[t]! - o[t]!
      assert.closeTo(value, Math.expm1(-d) + d, 1e-12)
      assert.closeTo(anchor[t]!.get(base.completionIds[t]!) ?? 0, 0.5 * d / 3, 1e-12)
    })
  })
})
