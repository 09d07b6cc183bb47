import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { encodeFrame, makeFrameDecoder } from "../protocol/Frames.ts"

/*
 * A worker without a model, for tests of what keeps workers running. Its adapter is two numbers, seed and revision; it
 * misbehaves as its script says. Run as `node FakeWorker.ts LOG SCRIPT`.
 */

/** What to do when an operation is asked for, in the n-th process (from 1); absent `start` means in every one. */
export interface Mishap {
  readonly on: string
  readonly start?: number
  readonly does:
    | "exit"
    | "hang"
    | "garbage"
    | "cut"
    | "memory"
    | "wrongId"
    | "badValue"
    | "badHeader"
    | "refuse"
    | "die"
}
export interface Script {
  readonly mishaps?: ReadonlyArray<Mishap>
  readonly protocol?: number
  /** Tokens of a `sample` before it ends; it goes on until cancelled when absent. */
  readonly tokens?: number
  /** What `probe` says of CUDA. */
  readonly problem?: string
  /** False: there is only a CPU. */
  readonly gpus?: boolean
}

const [, , log = "", text = "{}"] = process.argv
const script: Script = JSON.parse(text)
const starts = (existsSync(log) ? readFileSync(log, "utf8").split("\n").filter((line) => line.startsWith("start")) : [])
  .length + 1
const note = (line: string): void => appendFileSync(log, `${line}\n`)
note(`start ${process.pid}`)

const write = (header: unknown, payload?: Uint8Array): void => {
  for (const piece of encodeFrame(header, payload)) process.stdout.write(piece)
}

let state = { seed: 0, revision: 0 }
let sampling: { readonly id: number; readonly timer: NodeJS.Timeout } | undefined

const info = {
  backend: "gpu",
  engine: "fake",
  modelName: "fake",
  modelIdentity: "fake",
  contextLength: 100,
  vocabularySize: 264,
  lora: { rank: 4, alpha: 8, targets: ["q_proj"] },
  capabilities: { fullDistribution: true, topK: 264, shadows: true, streaming: true, training: true, hiddenSize: 8 }
}
const device = { device: "cpu", name: "fake", totalBytes: 1, freeBytes: 1, bfloat16: true }
const report = { loss: 1, gradientNorm: 1, items: [] }

interface Asked {
  readonly id: number
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  readonly payload: Uint8Array
}

const values: Readonly<Record<string, (asked: Asked) => unknown>> = {
  probe: () => ({
    torch: "2.13.0",
    devices: [
      ...(script.gpus === false
        ? []
        : [{ ...device, device: "cuda:0", name: "Fake GPU", totalBytes: 24e9, freeBytes: 20e9 }]),
      { ...device, totalBytes: 12e9 }
    ],
    driver: null,
    problem: script.problem ?? null
  }),
  inspect: () => ({
    parameters: 8e9,
    architecture: "qwen3",
    bytes: { bfloat16: 16e9, int8: 8e9, int4: 5e9 },
    cacheBytesPerToken: 150_000,
    contextLength: 40_960,
    problem: null
  }),
  open: () => ({ info, device, dtype: "float32", quantization: "none", modelBytes: 1 }),
  score: () => ({ logProbs: [-state.revision], entropies: [1] }),
  evaluate: () => report,
  forwardBackward: () => report,
  update: () => {
    state = { ...state, revision: state.revision + 1 }
    return { gradientNorm: 1, updateNorm: 1, revision: state.revision }
  },
  snapshot: () => ({ bytes: 0 }),
  restore: ({ payload }) => {
    state = JSON.parse(new TextDecoder().decode(payload))
    return null
  },
  reset: ({ input }) => {
    state = { seed: Number(input["seed"]), revision: 0 }
    return null
  }
}

const done = (id: number, value: unknown, payload?: Uint8Array): void =>
  write(
    {
      type: "result",
      id,
      revision: state.revision,
      value,
      ...(payload === undefined ? {} : { payload: { kind: "bytes" } })
    },
    payload
  )
const failed = (id: number, reason: string, message: string): void =>
  write({ type: "error", id, revision: state.revision, reason, message })

const sample = (id: number): void => {
  let count = 0
  const timer = setInterval(() => {
    const last = script.tokens !== undefined && count === script.tokens - 1
    write({ type: "token", id, token: { id: count++, logProb: -0.5, ...(last ? { finish: "length" } : {}) } })
    if (last) endSample("length")
  }, 2)
  sampling = { id, timer }
}
const endSample = (finish: string): void => {
  if (sampling === undefined) return
  clearInterval(sampling.timer)
  note(`sample ${finish}`)
  done(sampling.id, { finish, tokens: 1 })
  sampling = undefined
}

const misbehave = ({ does }: Mishap, id: number): boolean => {
  switch (does) {
    case "exit":
      process.stderr.write("Traceback: out of luck\ntoken=hf_abcdefghijklmnopqrstuvwx\n")
      process.exit(3)
    // oxlint-disable-next-line no-fallthrough -- the process has ended
    case "die":
      process.kill(process.pid, "SIGKILL")
      return true
    case "hang":
      return true
    case "garbage":
      process.stdout.write("Loading kernels...\n")
      return true
    case "cut":
      process.stdout.write(encodeFrame({ type: "result", id, revision: 0, value: null })[0]!.subarray(0, 20))
      setTimeout(() => process.exit(0), 10)
      return true
    case "memory":
      failed(id, "OutOfMemory", "The device has no memory left. Type /clear, or set lora_rank lower.")
      return true
    case "refuse":
      failed(id, "Unsupported", "There is no CUDA device. Set device=cpu, or install a driver.")
      return true
    case "wrongId":
      done(id + 17, null)
      return true
    case "badValue":
      done(id, { nonsense: true })
      return true
    case "badHeader":
      write({ type: "surprise", id })
      return true
  }
}

const answer = (asked: Asked): void => {
  note(asked.operation)
  const mishap = script.mishaps?.find(({ on, start }) => on === asked.operation && (start ?? starts) === starts)
  if (mishap !== undefined && misbehave(mishap, asked.id)) return
  if (asked.operation === "sample") return sample(asked.id)
  const value = values[asked.operation]?.(asked) ?? null
  if (asked.operation === "snapshot") done(asked.id, value, new TextEncoder().encode(JSON.stringify(state)))
  else done(asked.id, value)
}

const decoder = makeFrameDecoder()
process.stdin.on("data", (chunk: Buffer) => {
  for (const { header, payload } of decoder.push(chunk).frames) {
    const message = header as { readonly type: string } & Asked
    if (message.type === "request") answer({ ...message, payload })
    else if (message.type === "cancel") endSample("cancelled")
  }
})
process.stdin.on("end", () => process.exit(0))
const greeting = script.mishaps?.find(({ on, start }) => on === "hello" && (start ?? starts) === starts)
if (greeting === undefined || !misbehave(greeting, 0)) {
  write({ type: "hello", protocol: script.protocol ?? 1, worker: "0", python: "3", pid: process.pid })
}
