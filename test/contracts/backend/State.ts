import { assert, type Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import { LoraBackend } from "../../../core/LoraBackend.ts"
import { currentWeights } from "../../../core/Weights.ts"
import type { LossItem } from "../../../core/Loss.ts"
import {
  type Backend,
  type BackendUnderTest,
  close,
  differs,
  optimizer,
  parameters,
  prepare,
  readAdapter,
  scoresOf,
  type Situation
} from "./Probe.ts"

const lossOf = (s: Situation): ReadonlyArray<LossItem> => [
  { _tag: "CrossEntropy", promptIds: s.promptIds, completionIds: s.completionIds, baseKl: 0.1 }
]
const steps = (backend: Backend, s: Situation, count: number) =>
  Effect.gen(function*() {
    for (let i = 0; i < count; i++) {
      yield* backend.forwardBackward(lossOf(s))
      yield* backend.update(optimizer)
      if (backend.info.capabilities.shadows) yield* backend.blendShadow("teacher", 0.1)
    }
  })

/** Snapshots, determinism, adapter files, interruption. */
export const stateContract = (
  it: Vitest.MethodsNonLive<LoraBackend | FileSystem.FileSystem>,
  { tolerance }: BackendUnderTest
) => {
  it.effect("equal seeds and lessons give equal bytes; another seed gives another adapter", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      yield* steps(backend, s, 3)
      const first = yield* backend.snapshot
      yield* prepare(backend)
      yield* steps(backend, s, 3)
      assert.deepStrictEqual(yield* backend.snapshot, first)
      yield* backend.reset(7)
      const seven = yield* parameters(backend)
      assert.strictEqual(yield* backend.revision, 0)
      yield* backend.reset(8)
      assert.isTrue(differs(yield* parameters(backend), seven))
    }))

  it.effect("restore brings back every byte, and going on from there is as if never interrupted", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      yield* steps(backend, s, 2)
      const middle = yield* backend.snapshot
      const revision = yield* backend.revision
      const scores = yield* scoresOf(backend, s)
      yield* steps(backend, s, 3)
      const end = yield* backend.snapshot
      assert.notDeepEqual(end, middle)
      yield* backend.reset(99)
      yield* backend.restore(middle)
      assert.deepStrictEqual(yield* backend.snapshot, middle)
      assert.strictEqual(yield* backend.revision, revision)
      assert.deepStrictEqual(yield* scoresOf(backend, s), scores)
      yield* steps(backend, s, 3)
      assert.deepStrictEqual(yield* backend.snapshot, end)
    }))

  it.effect("restore drops an accumulated gradient", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const start = yield* backend.snapshot
      yield* steps(backend, s, 1)
      const expected = yield* backend.snapshot
      yield* backend.restore(start)
      yield* backend.forwardBackward(lossOf(s))
      yield* backend.restore(start)
      yield* steps(backend, s, 1)
      assert.deepStrictEqual(yield* backend.snapshot, expected)
    }))

  it.effect("bytes that are no snapshot are refused and change nothing", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      yield* prepare(backend)
      const before = yield* backend.snapshot
      for (const bytes of [before.slice(0, before.length - 5), new Uint8Array(0), new Uint8Array(64).fill(255)]) {
        const error = yield* backend.restore(bytes).pipe(Effect.flip)
        assert.strictEqual(error.reason, "Snapshot")
        assert.deepStrictEqual(yield* backend.snapshot, before)
      }
    }))

  it.effect("a snapshot does not change when training goes on", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const bytes = yield* backend.snapshot
      const copy = bytes.slice()
      yield* steps(backend, s, 1)
      assert.deepStrictEqual(bytes, copy)
    }))

  it.effect("exported adapters come back with the same scores, an empty optimiser, and PEFT's file names", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const scores = yield* scoresOf(backend, s)
      const { directory, tensors } = yield* readAdapter(backend)
      assert.deepStrictEqual(
        (yield* fs.readDirectory(directory)).toSorted(),
        ["adapter_config.json", "adapter_model.safetensors"]
      )
      for (const name of tensors.keys()) assert.match(name, /^base_model\.model\..*\.lora_[AB]\.weight$/)
      if (backend.info.capabilities.importsAdapters === false) {
        const error = yield* backend.importPeft(directory).pipe(Effect.flip)
        return assert.strictEqual(error.reason, "Unsupported")
      }
      yield* backend.reset(99)
      yield* backend.importPeft(directory)
      close(yield* scoresOf(backend, s), scores, tolerance)
      yield* steps(backend, s, 1)
      const after = yield* parameters(backend)
      yield* backend.importPeft(directory)
      yield* steps(backend, s, 1)
      assert.deepStrictEqual(yield* parameters(backend), after)
    }))

  it.effect("a folder without an adapter is refused and changes nothing", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const backend = yield* LoraBackend
      yield* prepare(backend)
      const before = yield* backend.snapshot
      const empty = yield* fs.makeTempDirectoryScoped()
      const error = yield* backend.importPeft(empty).pipe(Effect.flip)
      const { importsAdapters } = backend.info.capabilities
      assert.strictEqual(error.reason, importsAdapters === false ? "Unsupported" : "ModelFiles")
      assert.deepStrictEqual(yield* backend.snapshot, before)
    }))

  it.effect("operations asked for at the same time give what they give one by one", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const scores = scoresOf(backend, s)
      const value = backend.evaluate(lossOf(s))
      const expected = [yield* scores, yield* value] as const
      const both = Effect.all([scores, value, scores, value], { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* both, [...expected, ...expected])
    }))

  it.effect("an interrupted operation leaves the state as before or as after, and the backend usable", () =>
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const s = yield* prepare(backend)
      const before = yield* backend.snapshot
      yield* steps(backend, s, 1)
      const after = yield* backend.snapshot
      for (const yields of [0, 1, 3, 8]) {
        yield* backend.restore(before)
        const fiber = yield* Effect.forkChild(
          backend.forwardBackward(lossOf(s)).pipe(Effect.andThen(backend.update(optimizer)))
        )
        for (let i = 0; i < yields; i++) yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
        yield* backend.discard
        if (backend.info.capabilities.shadows && (yield* backend.revision) === 3) {
          yield* backend.blendShadow("teacher", 0.1)
        }
        const now = yield* backend.snapshot
        assert.deepStrictEqual(now, (yield* backend.revision) === 3 ? after : before)
        const { logProbs } = yield* backend.score({ ...s, weights: currentWeights })
        assert.strictEqual(logProbs.length, s.completionIds.length)
      }
    }))
}
