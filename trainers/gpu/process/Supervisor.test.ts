import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { OptimizerOptions } from "../../../core/LoraBackend.ts"
import { currentWeights } from "../../../core/Weights.ts"
import type { LossItem } from "../../../core/Loss.ts"
import type { Mishap, Script } from "../testing/FakeWorker.ts"
import { supervise, type SupervisorOptions } from "./Supervisor.ts"

const program = fileURLToPath(new URL("../testing/FakeWorker.ts", import.meta.url))

const makeLog = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-gpu-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
).pipe(Effect.map((folder) => join(folder, "log")))

const setUp = Effect.fnUntraced(function*(script: Script, changes: Partial<SupervisorOptions> = {}) {
  const log = yield* makeLog
  const notices = yield* Queue.unbounded<string>()
  const supervisor = yield* supervise({
    worker: { command: process.execPath, args: ["--no-warnings", program, log, JSON.stringify(script)] },
    open: { modelDirectory: "/nowhere", lora: { rank: 4, alpha: 8, targets: ["q_proj"] }, stopIds: [1], seed: 5 },
    deadlines: {
      greeting: Duration.seconds(20),
      loading: Duration.seconds(20),
      operation: Duration.seconds(20)
    },
    restarts: 3,
    keep: "commit",
    progress: () => Effect.void,
    notify: (message) => Effect.asVoid(Queue.offer(notices, message)),
    ...changes
  })
  const events = () => readFileSync(log, "utf8").trimEnd().split("\n")
  return { supervisor, notices, events, starts: () => events().filter((line) => line.startsWith("start")).length }
})

const run = <A, E>(
  name: string,
  script: Script,
  test: (given: Effect.Success<ReturnType<typeof setUp>>) => Effect.Effect<A, E>,
  changes: Partial<SupervisorOptions> = {}
) =>
  it.live(
    name,
    () => setUp(script, changes).pipe(Effect.flatMap(test), Effect.scoped, Effect.provide(NodeServices.layer))
  )

const items: ReadonlyArray<LossItem> = []
const optimizer: OptimizerOptions = {
  learningRate: 1,
  beta1: 0,
  beta2: 0,
  epsilon: 1,
  weightDecay: 0,
  maxGradientNorm: 1
}
const score = { promptIds: [1], completionIds: [2], weights: currentWeights }
const sampleRequest = { promptIds: [1], maxTokens: 9, temperature: 0, topP: 1, seed: 0, weights: currentWeights }
const once = (does: Mishap["does"], on = "score"): Script => ({ mishaps: [{ on, start: 1, does }] })
const short = { greeting: Duration.seconds(20), loading: Duration.seconds(20), operation: Duration.seconds(3) }

describe("a worker that is kept running", () => {
  run("answers, one after another", {}, ({ supervisor }) =>
    Effect.gen(function*() {
      yield* supervisor.call("forwardBackward", { items })
      const [{ value }, scores] = yield* Effect.all([
        supervisor.call("update", optimizer),
        supervisor.call("score", score)
      ], { concurrency: "unbounded" })
      assert.strictEqual(value.revision, 1)
      assert.deepStrictEqual(scores.value.logProbs, [-1])
      assert.strictEqual(yield* supervisor.revision, 1)
    }))

  for (
    const [does, said] of [
      ["exit", /ended with exit code 3\. Its last words:\nTraceback: out of luck\ntoken=\[secret\]/],
      ["die", /was killed \(SIGKILL/],
      ["garbage", /wrote something that is no message: "Loading kernels\.\.\."/],
      ["cut", /ended with exit code 0 in the middle of a message/],
      ["wrongId", /which is not the one asked/],
      ["badValue", /answered "score" in no known form/],
      ["badHeader", /a message of no known form/]
    ] as const
  ) {
    run(
      `that does "${does}" is named and started again with the last snapshot`,
      once(does),
      (given) =>
        Effect.gen(function*() {
          const { starts, supervisor } = given
          yield* supervisor.call("update", optimizer)
          yield* supervisor.call("snapshot", {})
          const error = yield* Effect.flip(supervisor.call("score", score))
          assert.strictEqual(error.reason, "WorkerCrashed")
          assert.match(error.message, said)
          assert.match(error.message, /The adapter is as it was \(revision 1\); the worker is started again/)
          const { value } = yield* supervisor.call("score", score)
          assert.deepStrictEqual(value.logProbs, [-1])
          assert.strictEqual(starts(), 2)
        })
    )
  }

  run("that hangs is stopped after its deadline", once("hang"), ({ starts, supervisor }) =>
    Effect.gen(function*() {
      yield* supervisor.call("prepare", {})
      const error = yield* Effect.flip(supervisor.call("score", score))
      assert.match(error.message, /did not answer "score" for 3s and was stopped/)
      yield* supervisor.call("score", score)
      assert.strictEqual(starts(), 2)
    }), { deadlines: short })

  run(
    "says when a crash takes updates back that nobody saved",
    once("exit"),
    ({ supervisor }) =>
      Effect.gen(function*() {
        yield* supervisor.call("update", optimizer)
        yield* supervisor.call("snapshot", {})
        yield* supervisor.call("update", optimizer)
        const error = yield* Effect.flip(supervisor.call("score", score))
        assert.include(error.message, "goes back to its last saved state (revision 1, it was at 2)")
        assert.deepStrictEqual((yield* supervisor.call("score", score)).value.logProbs, [-1])
        assert.strictEqual(yield* supervisor.revision, 1)
      })
  )

  run("loses nothing when every update is kept", once("exit"), ({ supervisor }) =>
    Effect.gen(function*() {
      yield* supervisor.call("update", optimizer)
      yield* supervisor.call("update", optimizer)
      yield* Effect.flip(supervisor.call("score", score))
      assert.deepStrictEqual((yield* supervisor.call("score", score)).value.logProbs, [-2])
    }), { keep: "update" })

  run("comes back with the adapter of the last reset", once("exit"), ({ supervisor }) =>
    Effect.gen(function*() {
      yield* supervisor.call("reset", { seed: 9 })
      yield* Effect.flip(supervisor.call("score", score))
      const { payload } = yield* supervisor.call("snapshot", {})
      assert.deepStrictEqual(JSON.parse(new TextDecoder().decode(payload)), { seed: 9, revision: 0 })
    }))

  run("never makes an update of a gradient that was lost", once("exit"), ({ supervisor }) =>
    Effect.gen(function*() {
      yield* supervisor.call("forwardBackward", { items })
      yield* Effect.flip(supervisor.call("score", score))
      yield* supervisor.call("forwardBackward", { items })
      const error = yield* Effect.flip(supervisor.call("update", optimizer))
      assert.match(error.message, /gradient was lost/)
      yield* supervisor.call("discard", {})
      yield* supervisor.call("forwardBackward", { items })
      assert.strictEqual((yield* supervisor.call("update", optimizer)).value.revision, 1)
    }))

  run(
    "goes on after it ran out of memory, nothing changed",
    once("memory", "forwardBackward"),
    (given) =>
      Effect.gen(function*() {
        const { starts, supervisor } = given
        yield* supervisor.call("update", optimizer)
        const error = yield* Effect.flip(supervisor.call("forwardBackward", { items }))
        assert.deepStrictEqual([error.reason, starts()], ["OutOfMemory", 1])
        assert.include(error.message, "/clear")
        assert.deepStrictEqual((yield* supervisor.call("score", score)).value.logProbs, [-1])
      })
  )

  run(
    "is given up after crashing over and over, and every operation says so",
    { mishaps: [{ on: "score", does: "exit" }] },
    ({ starts, supervisor }) =>
      Effect.gen(function*() {
        const errors = yield* Effect.all([1, 2, 3, 4].map(() => Effect.flip(supervisor.call("score", score))))
        assert.match(errors[2]!.message, /3 times in a row, so it is not started again.*continualcode doctor/s)
        assert.strictEqual(errors[3]!.message, errors[2]!.message)
        assert.strictEqual(starts(), 3)
      }),
    { restarts: 2 }
  )

  run(
    "is given up when it cannot be started again",
    {
      mishaps: [{ on: "score", start: 1, does: "exit" }, { on: "open", start: 2, does: "refuse" }, {
        on: "hello",
        start: 3,
        does: "exit"
      }]
    },
    ({ notices, supervisor }) =>
      Effect.gen(function*() {
        yield* Effect.flip(supervisor.call("score", score))
        const error = yield* Effect.flip(supervisor.call("score", score))
        assert.match(error.message, /ended with exit code 3.*3 times in a row/s)
        assert.match(yield* Queue.take(notices), /could not be started again: There is no CUDA device/)
      }),
    { restarts: 2 }
  )

  run(
    "that ends while nothing is asked of it is started again, and what was lost is told next",
    {},
    (given) =>
      Effect.gen(function*() {
        const { events, notices, supervisor } = given
        yield* supervisor.call("update", optimizer)
        process.kill(Number(events()[0]!.split(" ")[1]), "SIGKILL")
        assert.include(yield* Queue.take(notices), "was killed")
        const error = yield* Effect.flip(supervisor.call("score", score))
        assert.include(error.message, "it was at 1")
        assert.deepStrictEqual((yield* supervisor.call("score", score)).value.logProbs, [0])
      })
  )
})

describe("a stream of tokens", () => {
  run("has the tokens in order and ends with the last", { tokens: 3 }, ({ supervisor }) =>
    Effect.gen(function*() {
      const tokens = yield* Stream.runCollect(supervisor.sample(sampleRequest))
      assert.deepStrictEqual(tokens.map(({ finish, id }) => [id, finish]), [[0, undefined], [1, undefined], [
        2,
        "length"
      ]])
    }))

  run(
    "that is left early cancels the sampling, and the next operation is answered",
    {},
    ({ events, supervisor }) =>
      Effect.gen(function*() {
        const tokens = yield* Stream.runCollect(Stream.take(supervisor.sample(sampleRequest), 3))
        assert.lengthOf(tokens, 3)
        yield* supervisor.call("score", score)
        assert.deepStrictEqual(events().slice(-2), ["sample cancelled", "score"])
      })
  )

  run("that is interrupted before its turn is never sampled", {}, ({ events, supervisor }) =>
    Effect.gen(function*() {
      const busy = yield* Effect.forkChild(Stream.runDrain(supervisor.sample(sampleRequest)), {
        startImmediately: true
      })
      const waiting = yield* Effect.forkChild(Stream.runDrain(supervisor.sample(sampleRequest)), {
        startImmediately: true
      })
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(busy)
      yield* supervisor.call("score", score)
      assert.deepStrictEqual(events().filter((line) => line.startsWith("sample ")), ["sample cancelled"])
    }))

  run("fails when the worker dies in it", once("exit", "sample"), ({ supervisor }) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Stream.runCollect(supervisor.sample(sampleRequest)))
      assert.strictEqual(error.reason, "WorkerCrashed")
    }))
})

describe("a worker that does not start", () => {
  const failing = (name: string, script: Script, said: RegExp, command?: string) =>
    it.live(name, () =>
      Effect.gen(function*() {
        const changes = command === undefined ? {} : { worker: { command, args: [] } }
        const error = yield* Effect.flip(setUp(script, changes))
        assert.match(error.message, said)
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  failing(
    "because the program is missing",
    {},
    /could not be started \(\/nowhere\/python: NotFound\)/,
    "/nowhere/python"
  )
  failing("because it speaks another version", { protocol: 2 }, /version 2 of the protocol, not 1; set it up again/)
  failing("because it ends at once", once("exit", "hello"), /ended with exit code 3.*never came to work/s)
  failing("because the model cannot be opened", once("refuse", "open"), /^There is no CUDA device\. Set device=cpu/)
})
