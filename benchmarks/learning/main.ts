/**
 * Does a correction change the weights so that it holds in a fresh conversation, on new tasks, after later lessons, and
 * nowhere else? And which objective does it best?
 *
 *     npm run bench:learning                        everything; a rerun goes on where it stopped
 *       --arms a,b --seeds 5 --lessons 20           which arms, on how many seeds, with how many later lessons
 *       --chains 2 --tuning-seeds 2 --grid 0.005,…  chains per arm and seed; the learning rates tried before, on how many
 *       --workers 2 --resume | --fresh              processes; keep what is finished (default), or begin anew
 *       --work FOLDER --output FOLDER --no-docs     where units and results go; leave docs/learning.md alone
 *       --report                                    only make the results from what is finished
 *     npm run bench:learning -- --quick [--json]    two minutes: the defaults against learning rate 0
 *     npm run bench:learning -- --courses [--kinds a,b] [key=value …]    the same at length, with SDPO's settings given
 *     npm run bench:learning -- --phrasings [--most 40] [--kinds a,b] [key=value …]    corrections in people's own words,
 *       through the program's loop, with its settings given
 *     npm run bench:learning -- --model FILE.gguf    a real model: kinds of correction, each on a fresh adapter, with the program's defaults
 *       [--kinds a,b] [--tuning] [--held-out 4] [--drift 60] [--chain 10] [--notes] [--seed 0] [--json] [--output FILE] [key=value …]
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { armOf, arms } from "./Arms.ts"
import { runBenchmark } from "./Benchmark.ts"
import { runPhrasings } from "./phrasings/Run.ts"
import { runCourses } from "./Quick.ts"
import { runReal } from "./real/Run.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    quick: { type: "boolean", default: false },
    courses: { type: "boolean", default: false },
    phrasings: { type: "boolean", default: false },
    tuning: { type: "boolean", default: false },
    "held-out": { type: "string", default: "4" },
    drift: { type: "string", default: "60" },
    chain: { type: "string", default: "10" },
    notes: { type: "boolean", default: false },
    seed: { type: "string", default: "0" },
    most: { type: "string", default: "1000" },
    json: { type: "boolean", default: false },
    control: { type: "boolean", default: true },
    verbose: { type: "boolean", default: false },
    kinds: { type: "string" },
    lanes: { type: "string", default: "2" },
    model: { type: "string" },
    seeds: { type: "string" },
    arms: { type: "string" },
    lessons: { type: "string", default: "20" },
    chains: { type: "string", default: "2" },
    "tuning-seeds": { type: "string", default: "2" },
    "tuning-lessons": { type: "string", default: "6" },
    grid: { type: "string", default: "0.0015,0.003,0.006,0.012" },
    workers: { type: "string", default: "2" },
    resume: { type: "boolean", default: true },
    fresh: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
    work: { type: "string" },
    output: { type: "string" },
    docs: { type: "boolean", default: true }
  }
})

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const whole = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new RangeError(`--${name} is ${text}; give a whole number of at least ${least}`)
}

const courses = () =>
  runCourses({
    quick: values.quick,
    settings: positionals,
    json: values.json,
    seeds: values.seeds === undefined ? undefined : whole("seeds", values.seeds, 1),
    kinds: values.kinds?.split(","),
    lanes: whole("lanes", values.lanes, 1),
    control: values.control,
    verbose: values.verbose,
    modelDirectory: values.model
  })

const phrasings = () =>
  runPhrasings({
    settings: positionals,
    kinds: values.kinds?.split(","),
    lanes: whole("lanes", values.lanes, 1),
    most: whole("most", values.most, 1),
    fresh: values.fresh,
    modelDirectory: values.model,
    output: values.output ?? here("results/phrasings.json"),
    pages: values.docs && values.output === undefined ? [here("../../docs/learning.md"), here("../../README.md")] : []
  })

const real = (model: string) =>
  runReal({
    model: resolve(model),
    settings: positionals,
    tuning: values.tuning,
    kinds: values.kinds?.split(","),
    seed: whole("seed", values.seed, 0),
    heldOut: whole("held-out", values["held-out"], 0),
    drift: whole("drift", values.drift, 0),
    chain: whole("chain", values.chain, 0),
    notes: values.notes,
    json: values.json,
    output: values.output ?? (values.tuning ? undefined : here("results/real.json"))
  })

const benchmark = () => {
  const output = values.output ?? here("results")
  return runBenchmark({
    arms: values.arms === undefined ? arms : values.arms.split(",").map(armOf),
    size: {
      seeds: whole("seeds", values.seeds ?? "5", 1),
      chains: whole("chains", values.chains, 1),
      tuningSeeds: whole("tuning-seeds", values["tuning-seeds"], 1),
      later: whole("lessons", values.lessons, 0),
      tuningLater: whole("tuning-lessons", values["tuning-lessons"], 0),
      grid: values.grid.split(",").map(Number)
    },
    workers: whole("workers", values.workers, 1),
    fresh: values.fresh || !values.resume,
    onlyReport: values.report,
    modelDirectory: values.model,
    units: `${values.work ?? output}/units.jsonl`,
    output,
    page: values.docs && values.output === undefined ? here("../../docs/learning.md") : undefined
  })
}

const tellAndFail = (error: { readonly message: string }) =>
  Console.error(error.message).pipe(Effect.andThen(Effect.sync(() => {
    process.exitCode = 1
  })))

if (values.quick || values.courses) {
  NodeRuntime.runMain(Effect.suspend(courses))
} else if (values.phrasings) {
  NodeRuntime.runMain(Effect.suspend(phrasings).pipe(Effect.provide(NodeServices.layer)))
} else if (values.model?.endsWith(".gguf") === true) {
  NodeRuntime.runMain(real(values.model).pipe(Effect.provide(NodeServices.layer)))
} else {
  NodeRuntime.runMain(
    Effect.suspend(benchmark).pipe(Effect.catchTag("PoolError", tellAndFail), Effect.provide(NodeServices.layer))
  )
}
