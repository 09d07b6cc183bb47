import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { execFileSync, spawn } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { LoraBackend, type OptimizerOptions } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import { gpu, type GpuOptions, workerCommand } from "../../trainers/gpu/index.ts"
import { connect } from "../../trainers/gpu/process/Connection.ts"
import { tokenizerJson, writeModelFolder } from "../../trainers/models/testing/ModelFolder.ts"
import { gpuPython, withoutGpuPython } from "../helpers/GpuEnvironment.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-gpu-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const optimizer: OptimizerOptions = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: 1
}

const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`)
    ? !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
    : process.platform !== "linux" &&
      execFileSync("ps", ["-A", "-o", "pid="], { encoding: "utf8" }).includes(` ${pid}\n`)

const untilGone = (pid: number) =>
  Effect.sync(() => isAlive(pid)).pipe(
    Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: (alive) => !alive }),
    Effect.timeout("2 minutes")
  )

if (gpuPython === undefined) {
  describe("bad days of the gpu backend", () => it.skip(withoutGpuPython, () => {}))
} else {
  const python = gpuPython
  const start = (options: Partial<GpuOptions> & { readonly model: string }) =>
    Effect.map(
      Layer.build(gpu({
        python,
        device: "cpu",
        threads: 1,
        lora: { rank: 4, alpha: 8 },
        report: () => Effect.void,
        ...options
      })),
      (services) => Context.get(services, LoraBackend)
    )
  const live = (name: string, test: Effect.Effect<void, unknown, NodeServices.NodeServices | Scope.Scope>) =>
    it.live(name, () => test.pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  describe("bad days of the gpu backend", () => {
    live(
      "kill -9 of the program takes the worker along",
      Effect.gen(function*() {
        const program = fileURLToPath(new URL("../helpers/StartWorker.ts", import.meta.url))
        const [child, pid] = yield* Effect.callback<readonly [ReturnType<typeof spawn>, number]>((resume) => {
          const child = spawn(process.execPath, ["--no-warnings", program, python], {
            stdio: ["ignore", "pipe", "inherit"]
          })
          child.stdout.once("data", (chunk: Buffer) => resume(Effect.succeed([child, Number(chunk.toString())])))
        })
        assert.isTrue(isAlive(pid))
        child.kill("SIGKILL")
        yield* untilGone(pid)
      })
    )

    live(
      "weights, tokenizers and devices that will not do are named, and the next try is answered",
      Effect.gen(function*() {
        const model = yield* folder
        writeModelFolder(model)
        const connection = yield* connect(workerCommand(python), Duration.seconds(60))
        const open = (device: string) =>
          connection.ask({
            operation: "open",
            input: { modelDirectory: model, device, lora: { rank: 4, alpha: 8, targets: ["q_proj"] }, stopIds: [258] },
            silence: Duration.minutes(2)
          })
        const refused = (device: string) =>
          Effect.flatMap(
            Effect.flip(open(device)),
            (error) => error._tag === "WorkerRefused" ? Effect.succeed(error) : Effect.die(error)
          )
        const absent = yield* refused("cuda:7")
        assert.strictEqual(absent.reason, "Unsupported")
        assert.match(absent.message, /cuda/i)
        truncateSync(join(model, "model.safetensors"), 9000)
        const cut = yield* refused("cpu")
        assert.strictEqual(cut.reason, "ModelFiles")
        assert.include(cut.message, "model.safetensors")
        rmSync(join(model, "model.safetensors"))
        writeFileSync(
          join(model, "model.safetensors.index.json"),
          JSON.stringify({ weight_map: { x: "model-00001-of-00002.safetensors" } })
        )
        const half = yield* Effect.flip(start({ model }))
        assert.include(half.message, "lacks model-00001-of-00002.safetensors")
        writeModelFolder(model)
        const json = JSON.parse(JSON.stringify(tokenizerJson()))
        json.added_tokens[0].id = 5000
        writeFileSync(join(model, "tokenizer.json"), JSON.stringify(json))
        const other = yield* Effect.flip(start({ model }))
        assert.match(other.message, /tokenizer\.json: has token id 5000 but config\.json says vocab_size is 264/)
        assert.strictEqual((yield* open("cpu")).value.info.vocabularySize, 264)
      })
    )

    live(
      "killed in the middle it comes back with the same adapter; a full disk at export loses nothing",
      Effect.gen(function*() {
        const model = yield* folder
        writeModelFolder(model)
        const log = join(model, "pids")
        // No file may grow beyond 8 blocks: for the worker the disk is full.
        const limited = join(model, "python")
        writeFileSync(limited, `#!/bin/sh\necho $$ >> '${log}'\nulimit -f 8\nexec '${python}' "$@"\n`)
        chmodSync(limited, 0o755)
        const backend = yield* start({ model, python: limited })
        const promptIds = backend.tokenizer.encodeChat([{ role: "user", content: "fix" }], [])
        const scored = { promptIds, completionIds: backend.tokenizer.encode("read it"), weights: currentWeights }
        yield* backend.forwardBackward([{ _tag: "CrossEntropy", ...scored, baseKl: 0 }])
        yield* backend.update(optimizer)
        const before = yield* backend.snapshot
        const { logProbs } = yield* backend.score(scored)

        const exported = join(model, "export")
        const full = yield* Effect.flip(backend.exportPeft(exported))
        assert.match(full.message, /export.*(disk|space|written|File too large)/is)
        assert.isFalse(existsSync(join(exported, "adapter_model.safetensors")))
        assert.deepStrictEqual(yield* backend.snapshot, before)

        const pid = Number(readFileSync(log, "utf8").trim().split("\n").at(-1))
        const running = yield* Effect.forkChild(
          backend.forwardBackward(
            Array.from({ length: 50 }, () => ({ _tag: "CrossEntropy" as const, ...scored, baseKl: 0.1 }))
          ).pipe(Effect.result),
          { startImmediately: true }
        )
        process.kill(pid, "SIGKILL")
        const died = yield* Fiber.join(running)
        assert.strictEqual(died._tag === "Failure" ? died.failure.reason : "none", "WorkerCrashed")
        const { logProbs: after } = yield* backend.score(scored)
        assert.deepStrictEqual(after, logProbs)
        assert.deepStrictEqual(yield* backend.snapshot, before)
        assert.strictEqual(yield* backend.revision, 1)
        assert.isAbove(readFileSync(log, "utf8").trim().split("\n").length, 1)
        assert.deepStrictEqual(readdirSync(exported).filter((name) => name === "adapter_model.safetensors"), [])
      })
    )
  })
}
