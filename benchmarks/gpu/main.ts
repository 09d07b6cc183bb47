/**
 * How fast the GPU backend learns and samples: a step by stages, the time from a verdict to the first token of the retry,
 * prefill, decode and memory; beside it, in the same run, a straightforward transformers + PEFT step, `generate()`, and the
 * device's own limits. Random weights of the real architectures, as timing does not depend on values.
 *
 *     npm run bench:gpu -- [--device cuda|cpu] [--model 0.6B|4B|8B|tiny|pocket]… [--prompt 4096]… [--rounds 5]
 *         [--quantization int8|int4] [--memory-limit-gb 24] [--no-baseline] [--out benchmarks/gpu/results] [--python path]
 *
 * Without a GPU it measures the bundled model on the CPU. transformers and PEFT are measured where Python has them.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { delimiter } from "node:path"
import { fileURLToPath } from "node:url"
import { defaultPlaces } from "../../trainers/gpu/index.ts"
import { findPython, workerDirectory } from "../../trainers/gpu/python/Environment.ts"

const given = process.argv.slice(2)
const at = given.indexOf("--python")
const python = at < 0 ? undefined : given[at + 1]
const rest = at < 0 ? given : given.toSpliced(at, 2)

const found = await Effect.runPromise(
  findPython({
    cacheDirectory: defaultPlaces().cacheDirectory,
    report: (message) => Console.error(message),
    ...(python === undefined ? {} : { python })
  }).pipe(
    Effect.catch((error) => Effect.as(Console.error(error.message), undefined)),
    Effect.provide(NodeServices.layer)
  )
)
if (found === undefined) process.exit(1)

const here = fileURLToPath(new URL(".", import.meta.url))
const child = spawn(found, ["-m", "measure", ...rest], {
  stdio: "inherit",
  env: { ...process.env, PYTHONPATH: [here, workerDirectory, process.env["PYTHONPATH"] ?? ""].join(delimiter) }
})
const [code] = await once(child, "exit")
process.exit(typeof code === "number" ? code : 1)
