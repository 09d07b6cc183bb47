import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { EngineOptions } from "../engine/Engine.ts"
import { defaultLora } from "../engine/model/LoraSpec.ts"
import { randomTensors, tinyConfig } from "../../models/testing/RandomModel.ts"
import { startWorker } from "./PocketWorker.ts"

const options = (changes: Partial<EngineOptions> = {}): EngineOptions => ({
  config: tinyConfig,
  weights: randomTensors(tinyConfig, 1),
  modelIdentity: "test",
  lora: defaultLora,
  runtime: { kind: "native", threads: 1 },
  seed: 0,
  stopIds: [],
  ...changes
})

const request = {
  promptIds: [1, 2, 3],
  maxTokens: 100,
  temperature: 1,
  topP: 1,
  seed: 1,
  weights: { _tag: "Current" as const }
}

/** A worker program of our own, in a folder that goes away with the test. */
const programOf = (source: string) =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-worker-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ).pipe(Effect.map((folder) => {
    const file = join(folder, "worker.mjs")
    writeFileSync(
      file,
      `import { parentPort as port } from "node:worker_threads"; import { writeFileSync } from "node:fs"
       const folder = ${JSON.stringify(folder)}; port.postMessage({ _tag: "Ready", runtime: "fake" })
       ${source}`
    )
    return { folder, entry: pathToFileURL(file) }
  }))

describe("the worker thread", () => {
  it.live("gives one answer per request, in the order asked", () =>
    Effect.gen(function*() {
      const worker = yield* startWorker(options())
      assert.strictEqual(worker.runtime, "onnxruntime-node cpu")
      const score = { promptIds: [1, 2], completionIds: [3], weights: { _tag: "Base" as const } }
      const [before, , after, revision] = yield* Effect.all([
        worker.call("score", { ...score, weights: { _tag: "Current" } }),
        worker.call("forwardBackward", [{ _tag: "CrossEntropy", promptIds: [1, 2], completionIds: [3], baseKl: 0 }]),
        worker.call("update", {
          learningRate: 1e-2,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
          weightDecay: 0,
          maxGradientNorm: 1
        }).pipe(Effect.andThen(worker.call("score", { ...score, weights: { _tag: "Current" } }))),
        Effect.sync(worker.revision)
      ], { concurrency: 1 })
      assert.isAbove(after.logProbs[0]!, before.logProbs[0]!)
      assert.strictEqual(revision, 1)
    }).pipe(Effect.scoped))

  it.live("passes on why the engine could not start", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(startWorker(options({ weights: new Map() }))))
      assert.strictEqual(error.reason, "Internal")
      assert.include(error.message, "no weight named")
    }))

  it.live("a program that does not load is a crash, and the scope still closes", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Effect.scoped(startWorker(options(), undefined, new URL("file:///nowhere/worker.mjs")))
      )
      assert.strictEqual(error.reason, "WorkerCrashed")
    }))

  it.live("a crash fails what is open and all that follows", () =>
    Effect.gen(function*() {
      const { entry } = yield* programOf("port.on(\"message\", () => { throw new Error(\"out of luck\") })")
      const worker = yield* startWorker(options(), undefined, entry)
      const tokens = yield* Effect.forkChild(Stream.runCollect(worker.sample(request)), { startImmediately: true })
      const open = yield* Effect.flip(Fiber.join(tokens))
      assert.strictEqual(open.reason, "WorkerCrashed")
      assert.include(open.message, "out of luck")
      const later = yield* Effect.flip(worker.call("snapshot", undefined))
      assert.strictEqual(later.reason, "WorkerCrashed")
    }).pipe(Effect.scoped))

  it.live("leaving a stream raises the flag that the sampler looks at, and the next request is answered", () =>
    Effect.gen(function*() {
      const { entry } = yield* programOf(`let before = Promise.resolve()
        const sample = async (id, flag) => {
          for (let count = 0; Atomics.load(flag, 0) === 0; count++) {
            port.postMessage({ _tag: "Token", id, token: { id: count, logProb: 0 } })
            await new Promise((resolve) => setTimeout(resolve, 1))
          }
        }
        port.on("message", ({ id, operation, input }) => {
          if (operation === "close") return port.close()
          before = before.then(async () => {
            if (operation === "sample") await sample(id, new Int32Array(input.cancel))
            port.postMessage({ _tag: "Done", id, value: Uint8Array.of(7), revision: 0 })
          })
        })`)
      const worker = yield* startWorker(options(), undefined, entry)
      const tokens = yield* Stream.runCollect(Stream.take(worker.sample(request), 3))
      assert.deepStrictEqual(tokens.map(({ id }) => id), [0, 1, 2])
      assert.deepStrictEqual(yield* worker.call("snapshot", undefined), Uint8Array.of(7))
    }).pipe(Effect.scoped))

  it.live("closing the scope asks the worker to close and waits until it is gone", () =>
    Effect.gen(function*() {
      const { entry, folder } = yield* programOf(`port.on("message", ({ operation }) => {
        if (operation !== "close") return
        process.on("exit", () => writeFileSync(folder + "/gone", operation))
        port.close()
      })`)
      yield* Effect.scoped(startWorker(options(), undefined, entry))
      assert.isTrue(existsSync(join(folder, "gone")))
    }).pipe(Effect.scoped))
})
