/**
 * How fast the pocket backend is, against what the same machine's matrix product reaches in the same run: forward, forward
 * with backward, a whole learning step, decoding, compile time and memory, native and WebAssembly. Each measurement runs in a
 * process of its own, and memory in one that does nothing else.
 *
 * The last line of `--json` has the default number of threads at its top level. `ofMatmulPeak` compares with the rate that a
 * 512^3 product reaches in turns with the steps, on the same runtime with as many threads; Work.ts says what is counted.
 *
 *     npm run bench:pocket -- [--json] [--quick] [--model folder] [--only native,1]
 */
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { loadModel } from "../../trainers/models/OpenModel.ts"
import { defaultLora } from "../../trainers/pocket/engine/model/LoraSpec.ts"
import { defaultThreads } from "../../trainers/pocket/engine/runtime/Load.ts"
import type { RuntimeKind } from "../../trainers/pocket/engine/runtime/Runtime.ts"
import { bundledModel } from "../../trainers/pocket/index.ts"
import { measureMemory, measureSpeed, type Memory, sizes, type Speed } from "./Measure.ts"
import type { Timing } from "./Timing.ts"

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    model: { type: "string", default: bundledModel },
    /** Measure one runtime with this many threads, in this process. */
    only: { type: "string" },
    /** With `only`: its memory instead of its speed. */
    memory: { type: "boolean", default: false }
  }
})

type Measurement = Speed & Memory

const growthSteps = values.quick ? 40 : 200

const one = async (kind: RuntimeKind, threads: number): Promise<Speed | Memory> => {
  const folder = await Effect.runPromise(loadModel(values.model, "pocket"))
  const options = {
    config: folder.config,
    weights: folder.tensors,
    modelIdentity: folder.identity,
    lora: defaultLora,
    runtime: { kind, threads },
    seed: 0,
    stopIds: []
  }
  return values.memory ? measureMemory(options, growthSteps) : measureSpeed(options, values.quick ? 10 : 40)
}

const inOwnProcess = (kind: RuntimeKind, threads: number, flags: ReadonlyArray<string>) => {
  const { error, status, stderr, stdout } = spawnSync(
    process.execPath,
    [
      ...(flags.includes("--memory") ? ["--expose-gc"] : []),
      fileURLToPath(import.meta.url),
      "--only",
      `${kind},${threads}`,
      "--model",
      values.model,
      ...(values.quick ? ["--quick"] : []),
      ...flags
    ],
    { encoding: "utf8" }
  )
  if (error !== undefined || status !== 0) throw new Error(`measuring ${kind} failed: ${error?.message ?? stderr}`)
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!)
}

const measured = (kind: RuntimeKind, threads: number): Measurement => {
  const speed: Speed = inOwnProcess(kind, threads, [])
  const memory: Memory = inOwnProcess(kind, threads, ["--memory"])
  return { ...speed, ...memory }
}

const range = ({ max, median, min }: Timing) => `${median.toFixed(1)} [${min.toFixed(1)}-${max.toFixed(1)}]`

const rows = (results: ReadonlyArray<Measurement>): ReadonlyArray<ReadonlyArray<string>> => [
  ["", ...results.map(({ engine, threads }) => `${engine}, ${threads} thread${threads > 1 ? "s" : ""}`)],
  ["compile, ms", ...results.map(({ compileMs }) => compileMs.toFixed(0))],
  ["forward, ms", ...results.map(({ forward }) => range(forward))],
  ["forward + backward, ms", ...results.map(({ forwardBackward }) => range(forwardBackward))],
  ["whole learning step, ms", ...results.map(({ step }) => range(step))],
  ["first token after a step, ms", ...results.map(({ firstTokenMs }) => firstTokenMs.toFixed(1))],
  ["decode, tokens/s", ...results.map((result) => result.decodeTokensPerSecond.toFixed(0))],
  ["matmul 512^3, GFLOP/s", ...results.map(({ matmulRate }) => matmulRate.toFixed(0))],
  ["products in the step, GFLOP/s", ...results.map(({ stepRate }) => stepRate.toFixed(0))],
  ["share of the matmul rate", ...results.map(({ ofMatmulPeak }) => `${(100 * ofMatmulPeak).toFixed(0)} %`)],
  ["resident memory, MiB", ...results.map(({ residentMb }) => residentMb.toFixed(0))],
  ["peak resident memory, MiB", ...results.map(({ rssMb }) => rssMb.toFixed(0))],
  [`growth over ${growthSteps} steps, MiB`, ...results.map(({ growthMb }) => growthMb.toFixed(1))]
]

const table = (lines: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()).join("\n")
}

const round = (value: number, digits: number) => Number(value.toFixed(digits))

if (values.only === undefined) {
  console.log(
    `Pocket backend, ${sizes.context} tokens of context, ${sizes.correction} more for the teacher, `
      + `${sizes.attempt}-token attempt; median [min-max]`
  )
  const native1 = measured("native", 1)
  const native2 = measured("native", 2)
  const wasm = measured("wasm", defaultThreads.wasm)
  console.log(table(rows([native1, native2, wasm])))
  if (values.json) {
    const native = defaultThreads.native === 1 ? native1 : native2
    console.log(JSON.stringify({
      stepMs: round(native.step.median, 1),
      decodeTokensPerSecond: round(native.decodeTokensPerSecond, 0),
      residentMb: round(native.residentMb, 0),
      rssMb: round(native.rssMb, 0),
      growthMb: round(native.growthMb, 1),
      ofMatmulPeak: round(native.ofMatmulPeak, 3),
      wasmStepMs: round(wasm.step.median, 1),
      forwardMs: round(native.forward.median, 1),
      forwardBackwardMs: round(native.forwardBackward.median, 1),
      firstTokenMs: round(native.firstTokenMs, 1),
      compileMs: round(native.compileMs, 0),
      matmulGflops: round(native.matmulRate, 0),
      stepGflops: round(native.stepRate, 0),
      threads: native.threads,
      twoThreads: {
        stepMs: round(native2.step.median, 1),
        ofMatmulPeak: round(native2.ofMatmulPeak, 3),
        decodeTokensPerSecond: round(native2.decodeTokensPerSecond, 0)
      },
      wasm: {
        decodeTokensPerSecond: round(wasm.decodeTokensPerSecond, 0),
        ofMatmulPeak: round(wasm.ofMatmulPeak, 3),
        compileMs: round(wasm.compileMs, 0),
        residentMb: round(wasm.residentMb, 0),
        rssMb: round(wasm.rssMb, 0),
        growthMb: round(wasm.growthMb, 1)
      }
    }))
  }
} else {
  const [kind, threads] = values.only.split(",")
  console.log(JSON.stringify(await one(kind === "wasm" ? "wasm" : "native", Number(threads))))
}
