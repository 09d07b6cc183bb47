import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { BackendError, LoraBackend, OptimizerOptions, SampledToken } from "../../../core/LoraBackend.ts"
import { currentWeights, type Weights } from "../../../core/Weights.ts"
import type { LossItem } from "../../../core/Loss.ts"
import { readSafetensors, type Tensor, writeSafetensors } from "../../helpers/Safetensors.ts"

/** A backend to hold to the contract, with the precision its arithmetic allows. */
export interface BackendUnderTest {
  readonly name: string
  readonly layer: Layer.Layer<LoraBackend, unknown>
  /** Absolute and relative tolerance of values that are equal in exact arithmetic. */
  readonly tolerance: number
  /** Relative tolerance of gradients against central differences. */
  readonly gradientTolerance: number
  /** Length of the parameter displacement in those differences. */
  readonly differenceStep: number
}

export type Backend = LoraBackend["Service"]

export const optimizer: OptimizerOptions = {
  learningRate: 2e-2,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: Infinity
}

const TINY = 1e9

/** An AdamW setting that is plain gradient descent of rate `rate`: epsilon dwarfs the second moment's root. */
export const plainDescent = (rate: number): OptimizerOptions => ({
  learningRate: rate * TINY,
  beta1: 0,
  beta2: 0,
  epsilon: TINY,
  weightDecay: 0,
  maxGradientNorm: Infinity
})

export const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number, message = "entry") => {
  assert.strictEqual(a.length, b.length, `${message}: lengths`)
  for (let i = 0; i < a.length; i++) {
    const limit = tolerance * (1 + Math.max(Math.abs(a[i]!), Math.abs(b[i]!)))
    assert.isAtMost(Math.abs(a[i]! - b[i]!), limit, `${message} ${i}: ${a[i]} vs ${b[i]}`)
  }
}

export const differs = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).some((x, i) => Math.abs(x - b[i]!) > 1e-7)

/** |a - b| / max(|a|, |b|) as vectors. */
export const relativeError = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const length = (values: ReadonlyArray<number>) => Math.hypot(...values)
  const gap = Array.from(a, (x, i) => x - b[i]!)
  return length(gap) / Math.max(length(Array.from(a)), length(Array.from(b)), Number.MIN_VALUE)
}

export const collect = (stream: Stream.Stream<SampledToken, BackendError>) => Stream.runCollect(stream)

/** The same prompt with and without a correction, and a completion sampled from the first. */
export interface Situation {
  readonly promptIds: ReadonlyArray<number>
  readonly teacherPromptIds: ReadonlyArray<number>
  readonly completionIds: ReadonlyArray<number>
  readonly otherPromptIds: ReadonlyArray<number>
  readonly otherCompletionIds: ReadonlyArray<number>
}

/** A fresh adapter, `updates` updates away from zero, and prompts to work on. Equal arguments give equal states. */
export const prepare = (backend: Backend, updates = 2) =>
  Effect.gen(function*() {
    yield* backend.reset(7)
    const { tokenizer } = backend
    const promptIds = tokenizer.encodeChat([{ role: "user", content: "please fix a.js" }], [])
    const teacherPromptIds = tokenizer.encodeChat([
      { role: "user", content: "please fix a.js" },
      { role: "user", content: "Correction: use edit" }
    ], [])
    const stop = tokenizer.stopIds[0]!
    const completionIds = [...tokenizer.encode("edit b.js"), stop].slice(-6)
    const otherPromptIds = tokenizer.encodeChat([{ role: "user", content: "fix c.js, then read it" }], [])
    const otherCompletionIds = [...tokenizer.encode("read"), stop].slice(-3)
    for (let i = 0; i < updates; i++) {
      yield* backend.forwardBackward([
        { _tag: "CrossEntropy", promptIds: otherPromptIds, completionIds, baseKl: 0 }
      ])
      yield* backend.update(optimizer)
    }
    return { promptIds, teacherPromptIds, completionIds, otherPromptIds, otherCompletionIds } satisfies Situation
  })

export const scoresOf = (backend: Backend, s: Situation, weights: Weights = currentWeights) =>
  backend.score({ promptIds: s.promptIds, completionIds: s.completionIds, weights }).pipe(
    Effect.map(({ logProbs }) => logProbs)
  )

/** The adapter as tensors, in name order. */
export const readAdapter = (backend: Backend) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    yield* backend.exportPeft(directory)
    const tensors = readSafetensors(yield* fs.readFile(`${directory}/adapter_model.safetensors`))
    return { directory, tensors }
  })

const flatten = (tensors: ReadonlyMap<string, Tensor>): Float64Array => {
  const parts = [...tensors.values()].map(({ data }) => data)
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** The adapter's weights as one vector. */
export const parameters = (backend: Backend) => readAdapter(backend).pipe(Effect.map(({ tensors }) => flatten(tensors)))

/** The adapter's gradient of a loss, read off one step of plain descent; the state is restored. */
export const gradientOf = (backend: Backend, items: ReadonlyArray<LossItem>) =>
  Effect.gen(function*() {
    const before = yield* backend.snapshot
    const from = yield* parameters(backend)
    const report = yield* backend.forwardBackward(items)
    yield* backend.update(plainDescent(1))
    const to = yield* parameters(backend)
    yield* backend.restore(before)
    return { report, gradient: from.map((w, i) => w - to[i]!) }
  })

/** d loss / d (length of `direction`) by fourth-order central differences on the adapter; the state is restored. */
export const directionalDifference = (
  backend: Backend,
  items: ReadonlyArray<LossItem>,
  direction: Float64Array,
  step: number
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const before = yield* backend.snapshot
    const { directory, tensors } = yield* readAdapter(backend)
    const lossAt = (distance: number) =>
      Effect.gen(function*() {
        let at = 0
        const moved = new Map([...tensors].map(([name, tensor]) => {
          const data = tensor.data.map((w) => w + distance * direction[at++]!)
          return [name, { ...tensor, data }] as const
        }))
        yield* fs.writeFile(`${directory}/adapter_model.safetensors`, writeSafetensors(moved))
        yield* backend.importPeft(directory)
        return (yield* backend.evaluate(items)).loss
      })
    const near = (yield* lossAt(step)) - (yield* lossAt(-step))
    const far = (yield* lossAt(2 * step)) - (yield* lossAt(-2 * step))
    yield* backend.restore(before)
    return (8 * near - far) / (12 * step)
  })
