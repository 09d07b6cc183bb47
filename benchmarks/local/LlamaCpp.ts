import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Anchor } from "./Row.ts"

/** The anchor's version; it is no dependency, and installed into a folder of its own when it is asked for. */
const VERSION = "3.22.1"
const PACKAGE = `node-llama-cpp@${VERSION}`

const program = `
import { getLlama } from "node-llama-cpp"
const [file, threads, ...lengths] = process.argv.slice(2)
const llama = await getLlama({ gpu: false, build: "never", logLevel: "error", maxThreads: Number(threads) })
const model = await llama.loadModel({ modelPath: file })
const rows = {}
for (const length of lengths.map(Number)) {
  const context = await model.createContext({ contextSize: length + 128, batchSize: 512, threads: Number(threads) })
  const sequence = context.getSequence()
  const ids = model.tokenize("export const price = (n) => n * 2\\n".repeat(length)).slice(0, length)
  let start = performance.now(), first, count = 0
  for await (const _ of sequence.evaluate(ids, { temperature: 0 })) {
    first ??= performance.now()
    if (++count > 48) break
  }
  const end = performance.now()
  rows[length] = {
    prefillTokensPerSecond: 1000 * length / (first - start),
    decodeTokensPerSecond: 1000 * (count - 1) / (end - first)
  }
  await context.dispose()
}
console.log(JSON.stringify(rows))
process.exit(0)
`

const run = (command: string, args: ReadonlyArray<string>, directory: string): string => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { cwd: directory, encoding: "utf8" })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr.slice(-400)}`)
  return stdout
}

/** Prefill and decode of llama.cpp on the same file, with as many threads, per length of prompt. */
export const measureLlamaCpp = (
  folder: string,
  file: string,
  threads: number,
  lengths: ReadonlyArray<number>
): Readonly<Record<string, Anchor>> => {
  mkdirSync(folder, { recursive: true })
  if (!existsSync(join(folder, "node_modules", "node-llama-cpp"))) {
    writeFileSync(join(folder, "package.json"), "{ \"private\": true, \"type\": \"module\" }\n")
    run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", PACKAGE], folder)
  }
  writeFileSync(join(folder, "measure.mjs"), program)
  const output = run(process.execPath, ["measure.mjs", file, String(threads), ...lengths.map(String)], folder)
  return JSON.parse(output.trim().split("\n").at(-1)!)
}
