/**
 * A real coder on this machine: how fast it reads, writes and learns at several lengths of prompt, beside llama.cpp on the same
 * file and the machine's own matrix products, in one run. Each length is measured in a process of its own.
 *
 *     npm run bench:local -- --model FILE [--prompts 500,2000,8000] [--json] [--out FILE] [--anchor FOLDER | --no-anchor]
 */
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { availableParallelism, cpus, homedir, loadavg } from "node:os"
import { basename, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { measureLlamaCpp } from "./LlamaCpp.ts"
import { measureOurs } from "./Ours.ts"
import { measureRates } from "./Rates.ts"
import type { Ours, Row } from "./Row.ts"

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    prompts: { type: "string", default: "500,2000,8000" },
    json: { type: "boolean", default: false },
    /** Also writes the JSON to this file. */
    out: { type: "string" },
    /** Where node-llama-cpp is, or is installed into. */
    anchor: { type: "string", default: join(homedir(), ".cache", "continualcode", "bench", "llama.cpp") },
    "no-anchor": { type: "boolean", default: false },
    /** Measures one length in this process, which began at `since` (ms since the epoch). */
    only: { type: "string" },
    since: { type: "string" }
  }
})

const inOwnProcess = (model: string, prompt: number): Ours => {
  const { error, status, stderr, stdout } = spawnSync(process.execPath, [
    fileURLToPath(import.meta.url),
    "--model",
    model,
    "--only",
    String(prompt),
    "--since",
    String(Date.now())
  ], { encoding: "utf8" })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(stderr.slice(-2000))
  return JSON.parse(stdout.trim().split("\n").at(-1)!)
}

const round = (value: number): number => Number(value.toPrecision(3))

const ratio = (ours: number, theirs: number | undefined) => theirs === undefined ? undefined : round(ours / theirs)

const measure = async (model: string): Promise<void> => {
  const threads = availableParallelism()
  const lengths = values.prompts.split(",").map(Number)
  const loadBefore = loadavg()[0]!
  const anchors = values["no-anchor"] ? {} : measureLlamaCpp(values.anchor, model, threads, lengths)
  const rates = await measureRates(threads)
  const rows = lengths.map((prompt): Row => {
    const ours = inOwnProcess(model, prompt)
    const anchor = anchors[String(prompt)]
    return {
      model: basename(model),
      ...ours,
      prefillTokensPerSecond: round(ours.prefillTokensPerSecond),
      decodeTokensPerSecond: round(ours.decodeTokensPerSecond),
      prefillVsLlamaCpp: ratio(ours.prefillTokensPerSecond, anchor?.prefillTokensPerSecond),
      decodeVsLlamaCpp: ratio(ours.decodeTokensPerSecond, anchor?.decodeTokensPerSecond),
      rssMb: Math.round(ours.rssMb)
    }
  })
  const result = {
    at: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model,
    threads,
    /** Processes that wanted a core when it began: times grow with them, ratios less. */
    loadBefore,
    gigaflops: { float32: round(rates.float32), fourBit: round(rates.fourBit), eightBit: round(rates.eightBit) },
    llamaCpp: anchors,
    rows
  }
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`)
  if (values.json) console.log(JSON.stringify(result, null, 2))
  else console.table(rows)
}

if (values.model === undefined) {
  console.error("Say which model: npm run bench:local -- --model FILE")
  process.exitCode = 1
} else if (values.only === undefined) {
  await measure(resolve(values.model))
} else {
  const ours = await Effect.runPromise(measureOurs(values.model, Number(values.only), Number(values.since)))
  console.log(JSON.stringify(ours))
  process.exit(0)
}
