import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { defaultSettings, type Settings } from "../../core/config/Settings.ts"
import { defaultPlaces } from "../../trainers/models/Places.ts"
import { encodeTinyGguf, tinyGguf } from "../../trainers/models/testing/GgufFile.ts"
import { writeModelFolder } from "../../trainers/models/testing/ModelFolder.ts"
import type { Machine } from "./Checks.ts"
import { examine } from "./Doctor.ts"
import { type Report, reportText } from "./Report.ts"

const fakeWorker = fileURLToPath(new URL("../../trainers/gpu/testing/FakeWorker.ts", import.meta.url))
const pocketModel = fileURLToPath(new URL("../../trainers/pocket/model", import.meta.url))

const setUp = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-doctor-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
).pipe(Effect.map((folder) => {
  const program = (name: string, script: string): string => {
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
    return file
  }
  const answer = (packages: object) => `echo '${JSON.stringify({ version: [3, 12, 1], packages })}'`
  /** Answers for its packages, and runs a worker without a model. */
  const goodPython = program(
    "python3",
    `[ "$1" = -c ] && { ${answer({ torch: "2.13.0", numpy: "2.4.6" })}; exit 0; }
exec '${process.execPath}' --no-warnings '${fakeWorker}' '${folder}/log' "$(cat '${folder}/script' 2> /dev/null || echo '{}')"`
  )
  const barePython = program("bare", answer({ torch: null, numpy: null }))
  const bare: Machine = {
    node: "24.1.0",
    platform: "linux",
    nativeRuntime: true,
    memoryBytes: 16e9,
    nvidiaSmi: join(folder, "no-smi"),
    systemPython: join(folder, "no-python"),
    uv: join(folder, "no-uv")
  }
  const full: Machine = {
    ...bare,
    nvidiaSmi: program("nvidia-smi", "echo 'NVIDIA L4, 23034, 22000, 570.1'"),
    systemPython: goodPython
  }
  const check = (machine: Machine, settings: Partial<Settings> = {}, trainer = "gpu") =>
    examine({
      settings: { ...defaultSettings, ...settings },
      trainer,
      places: { ...defaultPlaces(folder), cacheDirectory: join(folder, "cache"), hubDirectory: join(folder, "hub") },
      pocketModel,
      machine
    })
  const at = (report: Report, name: string) => report.checks.find((found) => found.name === name)
  return { folder, bare, full, check, at, barePython, uv: program("uv", "echo uv 0.13.8") }
}))

const live = (
  name: string,
  test: (given: Effect.Success<typeof setUp>) => Effect.Effect<void, unknown, NodeServices.NodeServices>
) => it.live(name, () => setUp.pipe(Effect.flatMap(test), Effect.scoped, Effect.provide(NodeServices.layer)))

describe("doctor", () => {
  live("finds a machine with a GPU ready and says which models fit", ({ check, full }) =>
    Effect.gen(function*() {
      const report = yield* check(full)
      assert.isTrue(report.ready, reportText(report))
      assert.deepStrictEqual(report.checks.map(({ name, status }) => [name, status]).slice(0, 5), [
        ["Node", "ok"],
        ["GPU driver", "ok"],
        ["Python", "ok"],
        ["torch", "ok"],
        ["model", "ok"]
      ])
      assert.strictEqual(report.memory?.device, "Fake GPU")
      const text = reportText(report)
      assert.match(text, /ok {7}GPU driver .*NVIDIA L4, 24\.2 GB \(23\.1 GB free\), driver 570\.1/)
      assert.match(text, /torch .* 2\.13\.0 on cuda:0 Fake GPU 24\.0 GB \(20\.0 GB free\)/)
      assert.match(text, /Models in 22\.8 GB of Fake GPU, learning on prompts of 4096 tokens/)
      assert.match(text, /bf16 Qwen\/Qwen3-4B: \d+\.\d GB/)
      assert.match(text, /int4 Qwen\/Qwen3-14B: \d+\.\d GB, with quantization=int4|int8 Qwen\/Qwen3-14B/)
      assert.match(text, /no {3}Qwen\/Qwen3-32B: needs/)
      assert.match(text, /trainer=gpu can start with model_name=pocket\.$/)
    }))

  live(
    "says what makes the pocket trainer faster, and that it runs without",
    ({ at, bare, check }) =>
      Effect.gen(function*() {
        assert.strictEqual(at(yield* check(bare, {}, "pocket"), "onnxruntime")?.status, "ok")
        const report = yield* check({ ...bare, nativeRuntime: false }, {}, "pocket")
        assert.isTrue(report.ready, reportText(report))
        assert.match(
          reportText(report),
          /note {5}onnxruntime .*WebAssembly[\s\S]*npm install onnxruntime-node@1\.30\.0/
        )
        assert.isUndefined(at(yield* check(bare), "onnxruntime"))
      })
  )

  live(
    "says why CUDA cannot be used, and what the chosen model needs",
    ({ at, bare, check, folder, full }) =>
      Effect.gen(function*() {
        const said = (script: object, settings: Partial<Settings> = {}, machine: Machine = full) => {
          writeFileSync(join(folder, "script"), JSON.stringify(script))
          return check(machine, settings)
        }
        const problem = "the driver is too old (found version 11040)"
        const old = yield* said({ problem })
        assert.strictEqual(at(old, "torch")?.status, "note")
        assert.include(at(old, "torch")?.message, `on cuda:0 Fake GPU 24.0 GB (20.0 GB free)`)
        assert.include(at(old, "torch")?.message, problem)
        assert.include(at(old, "torch")?.fix, "mend the driver")
        assert.strictEqual(at(yield* said({ problem }, { device: "cpu" }), "torch")?.status, "ok")
        const blind = yield* said({ gpus: false }, { device: "cuda" })
        assert.match(
          String(at(blind, "torch")?.message),
          /has no cuda, only cpu .*does not find the GPU that the driver/
        )
        assert.isFalse(blind.ready)
        assert.match(
          String(at(old, "memory")?.message),
          /^qwen3, 8\.00 billion parameters, window of 40960 tokens: weights take 16\.0 GB of 24\.0 GB$/
        )
        const small = yield* said({ gpus: false }, {}, { ...bare, systemPython: full.systemPython })
        assert.match(String(at(small, "memory")?.message), /weights take 32\.0 GB, and cpu has 12\.0 GB/)
        assert.include(at(small, "memory")?.fix, "quantization=int8")
        const damaged = yield* said({ mishaps: [{ on: "inspect", does: "refuse" }] })
        assert.include(at(damaged, "model")?.message, "There is no CUDA device.")
        assert.isFalse(damaged.ready)
      })
  )

  live(
    "looks into GGUF files, and says for which trainer they are",
    ({ at, bare, check, folder }) =>
      Effect.gen(function*() {
        const file = join(folder, "tiny.gguf")
        writeFileSync(file, encodeTinyGguf(tinyGguf("qwen3")))
        const fine = yield* check(bare, { model_name: file }, "pocket")
        assert.strictEqual(at(fine, "model")?.status, "ok")
        assert.include(at(yield* check(bare, { model_name: file }, "gpu"), "model")?.fix, "trainer=pocket")
        writeFileSync(file, "GGUF no more")
        const damaged = at(yield* check(bare, { model_name: file }, "pocket"), "model")
        assert.strictEqual(damaged?.status, "missing")
        assert.include(damaged?.message, "does not begin as a GGUF file")
      })
  )

  live("names each missing piece with what brings it", ({ at, bare, check, full }) =>
    Effect.gen(function*() {
      const report = yield* check({ ...bare, node: "20.1.0" }, { device: "cuda", model_name: "/nowhere/model" })
      assert.isFalse(report.ready)
      assert.include(at(report, "Node")?.fix, "install Node 22.19")
      assert.include(at(report, "GPU driver")?.fix, "install NVIDIA's driver")
      assert.include(at(report, "Python")?.fix, "pip install uv")
      assert.include(at(report, "model")?.message, "is neither a folder or GGUF file")
      assert.strictEqual(at(report, "torch"), undefined)
      assert.match(reportText(report), /MISSING {2}GPU driver[^]*→ install NVIDIA/)
      const other = yield* check(full, { device: "mps" })
      assert.match(String(at(other, "torch")?.message), /has no mps, only cuda:0/)
    }))

  live("asks for nothing that the pocket trainer does not need", ({ at, bare, check }) =>
    Effect.gen(function*() {
      const report = yield* check(bare, {}, "pocket")
      assert.isTrue(report.ready, reportText(report))
      assert.strictEqual(at(report, "Python")?.status, "note")
      assert.strictEqual((yield* check(bare, { model_name: "/nowhere/model" }, "pocket")).ready, false)
      const coming = at(yield* check(bare, { model_name: "Qwen/Qwen3-0.6B" }, "pocket"), "model")
      assert.strictEqual(coming?.status, "note")
      assert.match(String(coming?.message), /is downloaded to .*hub at the first start/)
    }))

  live(
    "counts on uv and the hub for what can be made and downloaded",
    ({ at, bare, check, uv }) =>
      Effect.gen(function*() {
        const report = yield* check({ ...bare, uv }, { model_name: "Qwen/Qwen3-8B" })
        assert.isTrue(report.ready, reportText(report))
        assert.match(
          String(at(report, "Python")?.message),
          /the first start with trainer=gpu makes one with uv 0\.13\.8/
        )
        assert.match(String(at(report, "model")?.message), /is downloaded to .*hub at the first start/)
      })
  )

  live(
    "sees a Python without torch, and a model that is not whole",
    ({ at, bare, barePython, check, folder }) =>
      Effect.gen(function*() {
        const model = join(folder, "model")
        writeModelFolder(model)
        rmSync(join(model, "tokenizer.json"))
        const report = yield* check(bare, { python: barePython, model_name: model })
        assert.include(at(report, "Python")?.message, "lacks torch 2.13.0, numpy 2.0")
        assert.include(at(report, "Python")?.fix, "-m pip install 'torch>=2.13.0'")
        assert.include(at(report, "model")?.message, "lacks tokenizer.json")
        writeModelFolder(model)
        truncateSync(join(model, "tokenizer.json"), 100)
        assert.include(
          at(yield* check(bare, { model_name: model }), "model")?.message,
          "tokenizer.json: is not valid JSON"
        )
      })
  )

  live("tells when the worker cannot start", ({ at, check, folder, full }) =>
    Effect.gen(function*() {
      const file = join(folder, "python3")
      writeFileSync(
        file,
        `#!/bin/sh\n[ "$1" = -c ] && { echo '{"version": [3, 12, 1], "packages": {"torch": "2.13.0", "numpy": "2.4"}}'; exit 0; }
echo "ImportError: libcudart.so.13" >&2\nexit 1\n`
      )
      const report = yield* check(full)
      assert.match(String(at(report, "torch")?.message), /ended with exit code 1[^]*ImportError: libcudart/)
      assert.isFalse(report.ready)
    }))
})
