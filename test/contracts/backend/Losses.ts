import { assert, type Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { LoraBackend } from "../../../core/LoraBackend.ts"
import { baseWeights, currentWeights } from "../../../core/Weights.ts"
import type { Divergence, LossItem } from "../../../core/Loss.ts"
import { binaryEntropy, divergence } from "../../../trainers/math/Divergence.ts"
import { seeded } from "../../helpers/Seeded.ts"
import { tokenMean } from "../../../trainers/math/TokenMean.ts"
import { topKDivergence } from "../../oracle/TopK.ts"
import { logTail } from "../../../trainers/math/LogSoftmax.ts"
import {
  type Backend,
  type BackendUnderTest,
  close,
  directionalDifference,
  gradientOf,
  optimizer,
  prepare,
  relativeError,
  type Situation
} from "./Probe.ts"

const kinds: ReadonlyArray<Divergence> = [
  { kind: "reverse_kl" },
  { kind: "forward_kl" },
  { kind: "jsd", alpha: 0.5 },
  { kind: "jsd", alpha: 0.1 }
]
const open = { min: 0, max: 1e6 }

const distill = (
  s: Situation,
  divergence: Divergence,
  over?: Partial<Extract<LossItem, { _tag: "Distill" }>>
): LossItem => ({
  _tag: "Distill",
  promptIds: s.promptIds,
  completionIds: s.completionIds,
  divergence,
  teacher: { promptIds: s.teacherPromptIds, weights: baseWeights },
  baseKl: 0,
  ...over
})
const crossEntropy = (s: Situation, over?: Partial<Extract<LossItem, { _tag: "CrossEntropy" }>>): LossItem => ({
  _tag: "CrossEntropy",
  promptIds: s.promptIds,
  completionIds: s.completionIds,
  baseKl: 0,
  ...over
})
const policyGradient = (
  s: Situation,
  advantages: ReadonlyArray<number>,
  over?: Partial<Extract<LossItem, { _tag: "PolicyGradient" }>>
): LossItem => ({
  _tag: "PolicyGradient",
  promptIds: s.promptIds,
  completionIds: s.completionIds,
  advantages,
  baseKl: 0,
  ...over
})

/** Losses and gradients, on the adapter, through nothing but the contract. */
export const lossContract = (
  it: Vitest.MethodsNonLive<LoraBackend | FileSystem.FileSystem>,
  { differenceStep, gradientTolerance, tolerance }: BackendUnderTest
) => {
  const advantagesOf = (s: Situation) => s.completionIds.map((_, t) => [0.8, -1.3, 0.4][t % 3]!)
  const near = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    assert.isAtMost(relativeError(a, b), Math.max(10 * tolerance, 1e-9))

  /** Every differentiable loss the backend has, by name. */
  const allLosses = (backend: Backend, s: Situation, old: ReadonlyArray<number>) => {
    // Ratios are constants of the loss: clamped ones stay what they are under the small displacements of a difference.
    const ratio = { oldLogProbs: old.map((x) => x - 3), ratioClip: { min: 0, max: 1.5 } }
    const full: ReadonlyArray<readonly [string, LossItem]> = backend.info.capabilities.fullDistribution
      ? [
        ...kinds.map((kind) => [JSON.stringify(kind), distill(s, kind)] as const),
        ["reverse KL with ratio and base KL", distill(s, kinds[0]!, { ...ratio, baseKl: 0.3 })]
      ]
      : []
    return [
      ...full,
      ["cross-entropy", crossEntropy(s)] as const,
      ["cross-entropy with base KL", crossEntropy(s, { baseKl: 0.5 })] as const,
      ["policy gradient with ratio", policyGradient(s, advantagesOf(s), ratio)] as const
    ]
  }

  it.effect("`evaluate` gives the loss of `forwardBackward` and leaves no gradient behind", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const value = yield* backend.evaluate([crossEntropy(s)])
      const { gradient, report } = yield* gradientOf(backend, [crossEntropy(s)])
      assert.strictEqual(value.gradientNorm, 0)
      close([value.loss], [report.loss], tolerance)
      const norm = backend.info.capabilities.norms === false ? 0 : Math.hypot(...gradient)
      close([report.gradientNorm], [norm], Math.max(tolerance, 1e-6))
    }))

  it.effect("values: cross-entropy, policy gradient and base KL are the token means of what is reported", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const { logProbs } = yield* backend.score({ ...s, weights: currentWeights })
      const ce = yield* backend.evaluate([crossEntropy(s)])
      close(ce.items[0]!.logProbs, logProbs, tolerance)
      close([ce.loss], [-tokenMean(logProbs)], tolerance)
      assert.deepStrictEqual(ce.items[0]!.baseKls, logProbs.map(() => 0))
      assert.deepStrictEqual(ce.items[0]!.ratios, logProbs.map(() => 1))
      const A = advantagesOf(s)
      const pg = yield* backend.evaluate([policyGradient(s, A)])
      close([pg.loss], [-tokenMean(logProbs.map((x, t) => A[t]! * x))], tolerance)
      const withKl = yield* backend.evaluate([crossEntropy(s, { baseKl: 0.25 })])
      assert.isTrue(withKl.items[0]!.baseKls.some((x) => x > 0))
      close([withKl.loss], [ce.loss + 0.25 * tokenMean(withKl.items[0]!.baseKls)], tolerance)
    }))

  it.effect("values: divergences are non-negative, bounded below by top-K + tail, and JSD above by H_b", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { capabilities, vocabularySize } = backend.info
      if (!capabilities.fullDistribution) return
      const s = yield* prepare(backend)
      const topK = Math.min(capabilities.topK, vocabularySize)
      const student = yield* backend.score({ ...s, weights: currentWeights, topK })
      const teacher = yield* backend.score({
        promptIds: s.teacherPromptIds,
        completionIds: s.completionIds,
        weights: baseWeights,
        topK
      })
      for (const kind of kinds) {
        const report = yield* backend.evaluate([distill(s, kind)])
        const item = report.items[0]!
        close([report.loss], [tokenMean(item.divergences!)], tolerance)
        close(item.teacherLogProbs!, teacher.logProbs, tolerance)
        item.divergences!.forEach((value, t) => {
          assert.isAtLeast(value, -tolerance)
          if (kind.kind === "jsd") assert.isAtMost(value, binaryEntropy(kind.alpha) + tolerance)
          if (topK === 0) return
          const q = new Map(teacher.topK![t]!.map((entry) => [entry.id, entry.logProb]))
          const both = student.topK![t]!.filter((entry) => q.has(entry.id))
          const bound = topKDivergence(
            kind,
            both.map((entry) => entry.logProb),
            both.map((entry) => q.get(entry.id)!),
            both.map((_, i) => i)
          )
          assert.isAtLeast(value, bound - 10 * tolerance)
          if (topK === vocabularySize) close([value], [bound], 10 * tolerance, `${kind.kind} at ${t}`)
        })
      }
    }))

  it.effect("values: over the likeliest K and a tail, a divergence grows with K up to the whole one", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { capabilities, vocabularySize } = backend.info
      if (!capabilities.fullDistribution || capabilities.topK < vocabularySize) return
      const s = yield* prepare(backend)
      const student = yield* backend.score({ ...s, weights: currentWeights, topK: vocabularySize })
      const teacher = yield* backend.score({
        promptIds: s.teacherPromptIds,
        completionIds: s.completionIds,
        weights: baseWeights,
        topK: vocabularySize
      })
      for (const kind of kinds) {
        const at = (topK?: number) =>
          backend.evaluate([distill(s, kind, topK === undefined ? {} : { topK })]).pipe(
            Effect.map((report) => report.items[0]!.divergences!)
          )
        const whole = yield* at()
        close(yield* at(vocabularySize), whole, 10 * tolerance)
        close(yield* at(vocabularySize - 1), whole, 10 * tolerance)
        let before: ReadonlyArray<number> = whole.map(() => 0)
        for (const k of [1, 3, 20]) {
          const now = yield* at(k)
          now.forEach((value, t) => {
            assert.isAtLeast(value, before[t]! - 10 * tolerance, `${kind.kind}, K ${k}`)
            assert.isAtMost(value, whole[t]! + 10 * tolerance, `${kind.kind}, K ${k}`)
            const q = new Map(teacher.topK![t]!.map((entry) => [entry.id, entry.logProb]))
            const row = student.topK![t]!
            const expected = topKDivergence(
              kind,
              row.map((entry) => entry.logProb),
              row.map((entry) => q.get(entry.id)!),
              Array.from({ length: k }, (_, i) => i)
            )
            close([value], [expected], 20 * tolerance, `${kind.kind}, K ${k} at ${t}`)
          })
          before = now
        }
      }
    }))

  it.effect("gradient over the likeliest K and a tail: its slope in each of their log-probabilities, by the chain rule", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const { capabilities } = backend.info
      if (!capabilities.fullDistribution || capabilities.topK < 3) return
      const s = yield* prepare(backend, 4)
      const { topK: rows = [] } = yield* backend.score({ ...s, weights: currentWeights, topK: 3 })
      for (const kind of kinds) {
        const tokens = yield* Effect.forEach(rows, (row, t) =>
          Effect.gen(function*() {
            const before = s.completionIds.slice(0, t)
            const heads = row.map((entry) => entry.logProb)
            const taught = yield* Effect.forEach(row, ({ id }) =>
              backend.score({
                promptIds: [...s.teacherPromptIds, ...before],
                completionIds: [id],
                weights: baseWeights
              }).pipe(Effect.map(({ logProbs }) => logProbs[0]!)))
            const value = (student: ReadonlyArray<number>) =>
              divergence(kind, [...student, logTail(student)], [...taught, logTail(taught)])
            const h = 1e-5
            return row.map(({ id }, v) => {
              const moved = (d: number) => value(heads.map((x, i) => i === v ? x + d : x))
              return { id, before, slope: (moved(h) - moved(-h)) / (2 * h) }
            })
          }))
        const all = tokens.flat()
        const chained = all.map(({ before, id, slope }): LossItem => ({
          _tag: "PolicyGradient",
          promptIds: [...s.promptIds, ...before],
          completionIds: [id],
          advantages: [-slope * all.length / rows.length],
          baseKl: 0
        }))
        const { gradient } = yield* gradientOf(backend, [distill(s, kind, { topK: 3 })])
        assert.isAbove(Math.hypot(...gradient), 0)
        assert.isAtMost(
          relativeError(gradient, (yield* gradientOf(backend, chained)).gradient),
          Math.max(100 * tolerance, 1e-5),
          kind.kind
        )
      }
    }))

  it.effect("without a correction the teacher is the student: divergence, loss and gradient are zero", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      if (!backend.info.capabilities.fullDistribution) return
      const s = yield* prepare(backend)
      for (const kind of kinds) {
        const item = distill(s, kind, { teacher: { promptIds: s.promptIds, weights: currentWeights } })
        const { gradient, report } = yield* gradientOf(backend, [item])
        close([report.loss, Math.hypot(...gradient)], [0, 0], tolerance)
      }
    }))

  it.effect("gradients equal central differences on the adapter", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      if (backend.info.capabilities.importsAdapters === false) return
      const s = yield* prepare(backend, 4)
      const { logProbs } = yield* backend.score({ ...s, weights: currentWeights })
      for (const [name, item] of allLosses(backend, s, logProbs)) {
        const { gradient } = yield* gradientOf(backend, [item])
        const length = Math.hypot(...gradient)
        assert.isAbove(length, 0)
        const noise = seeded(1).normals(gradient.length, 0.3 / Math.sqrt(gradient.length))
        const mixed = gradient.map((g, i) => g / length + noise[i]!)
        const size = Math.hypot(...mixed)
        const direction = mixed.map((x) => x / size)
        const slope = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0)
        const difference = yield* directionalDifference(backend, [item], direction, differenceStep)
        assert.isAtMost(
          Math.abs(difference - slope) / Math.abs(slope),
          gradientTolerance,
          `${name}: ${difference} vs ${slope}`
        )
      }
    }), 120_000)

  it.effect("the teacher's side carries no gradient, even when teacher and student share weights", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      if (!backend.info.capabilities.fullDistribution || !backend.info.capabilities.shadows) return
      const s = yield* prepare(backend)
      yield* backend.blendShadow("frozen", 1)
      for (const kind of kinds) {
        const live = distill(s, kind, { teacher: { promptIds: s.teacherPromptIds, weights: currentWeights } })
        const frozen = distill(s, kind, {
          teacher: { promptIds: s.teacherPromptIds, weights: { _tag: "Shadow", name: "frozen" } }
        })
        const a = yield* gradientOf(backend, [live])
        const b = yield* gradientOf(backend, [frozen])
        assert.isAbove(Math.hypot(...a.gradient), 0)
        near(a.gradient, b.gradient)
      }
    }))

  it.effect("advantage 1 is cross-entropy; a detached ratio only scales", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const { logProbs } = yield* backend.score({ ...s, weights: currentWeights })
      const plain = yield* gradientOf(backend, [crossEntropy(s)])
      near((yield* gradientOf(backend, [policyGradient(s, logProbs.map(() => 1))])).gradient, plain.gradient)
      const scaled = yield* gradientOf(backend, [
        policyGradient(s, logProbs.map(() => 1), {
          oldLogProbs: logProbs.map((x) => x - Math.log(1.5)),
          ratioClip: open
        })
      ])
      close(scaled.report.items[0]!.ratios, logProbs.map(() => 1.5), 10 * tolerance)
      near(scaled.gradient, plain.gradient.map((g) => 1.5 * g))
      const clipped = yield* gradientOf(backend, [
        policyGradient(s, logProbs.map(() => 1), {
          oldLogProbs: logProbs.map((x) => x - 3),
          ratioClip: { min: 0, max: 2 }
        })
      ])
      assert.deepStrictEqual(clipped.report.items[0]!.ratios, logProbs.map(() => 2))
      near(clipped.gradient, plain.gradient.map((g) => 2 * g))
      const below = yield* backend.evaluate([
        policyGradient(s, logProbs.map(() => 1), {
          oldLogProbs: logProbs.map((x) => x + 3),
          ratioClip: { min: 0.5, max: 2 }
        })
      ])
      assert.deepStrictEqual(below.items[0]!.ratios, logProbs.map(() => 0.5))
    }))

  it.effect("the ratio is 1 at the first step and not after an update", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const { logProbs } = yield* backend.score({ ...s, weights: currentWeights })
      const item = crossEntropy(s, { oldLogProbs: logProbs, ratioClip: open })
      const first = yield* backend.forwardBackward([item])
      close(first.items[0]!.ratios, logProbs.map(() => 1), Math.max(tolerance, 1e-12))
      yield* backend.update(optimizer)
      const second = yield* backend.evaluate([item])
      assert.isTrue(second.items[0]!.ratios.some((r) => Math.abs(r - 1) > 1e-3))
    }))

  it.effect("masked tokens count for nothing, the end-of-turn token counts", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const head = s.completionIds.slice(0, 2)
      const mask = s.completionIds.map((_, t) => t < 2 ? 1 : 0)
      const masked = yield* gradientOf(backend, [crossEntropy(s, { mask })])
      const cut = yield* gradientOf(backend, [crossEntropy(s, { completionIds: head })])
      close([masked.report.loss], [cut.report.loss], tolerance)
      near(masked.gradient, cut.gradient)
      assert.strictEqual(masked.report.items[0]!.logProbs.length, s.completionIds.length)
      const end = s.completionIds.map((_, t) => t === s.completionIds.length - 1 ? 1 : 0)
      const last = yield* gradientOf(backend, [crossEntropy(s, { mask: end })])
      assert.isAbove(Math.hypot(...last.gradient), 1e-4)
      close([last.report.loss], [-last.report.items[0]!.logProbs.at(-1)!], tolerance)
    }))

  it.effect("items of unequal length: token mean over all, any order, any micro-batching", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const a = crossEntropy(s)
      const b = crossEntropy(s, { promptIds: s.otherPromptIds, completionIds: s.otherCompletionIds })
      const [m, n] = [a.completionIds.length, b.completionIds.length]
      assert.notStrictEqual(m, n)
      const both = yield* gradientOf(backend, [a, b])
      const swapped = yield* gradientOf(backend, [b, a])
      const one = yield* gradientOf(backend, [a])
      const two = yield* gradientOf(backend, [b])
      const mean = (x: number, y: number) => (m * x + n * y) / (m + n)
      close([both.report.loss, swapped.report.loss], Array(2).fill(mean(one.report.loss, two.report.loss)), tolerance)
      near(both.gradient, one.gradient.map((g, i) => mean(g, two.gradient[i]!)))
      near(swapped.gradient, both.gradient)
      close(both.report.items[1]!.logProbs, two.report.items[0]!.logProbs, tolerance)
      const four = yield* gradientOf(backend, [a, b, a, b])
      near(four.gradient, both.gradient)
    }))

  it.effect("gradients add up over calls until `update`, and `discard` drops them", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const a = [crossEntropy(s)]
      const b = [crossEntropy(s, { promptIds: s.otherPromptIds })]
      const one = yield* gradientOf(backend, a)
      const two = yield* gradientOf(backend, b)
      yield* backend.forwardBackward(a)
      const both = yield* gradientOf(backend, b)
      near(both.gradient, one.gradient.map((g, i) => g + two.gradient[i]!))
      const norm = backend.info.capabilities.norms === false ? 0 : Math.hypot(...both.gradient)
      close([both.report.gradientNorm], [norm], Math.max(tolerance, 1e-6))
      yield* backend.forwardBackward(a)
      yield* backend.discard
      near((yield* gradientOf(backend, b)).gradient, two.gradient)
    }))

  it.effect("KL to the base is zero with a fresh adapter and has no gradient there", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend, 0)
      const plain = yield* gradientOf(backend, [crossEntropy(s)])
      const anchored = yield* gradientOf(backend, [crossEntropy(s, { baseKl: 1 })])
      close(anchored.report.items[0]!.baseKls, s.completionIds.map(() => 0), tolerance)
      near(anchored.gradient, plain.gradient)
    }))
}
