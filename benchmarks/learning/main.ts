/**
 * Does a correction change the weights so that it holds in a fresh conversation? For every kind of correction and several
 * seeds: corrections until the greedy call is the corrected one, success on held-out phrasings and files, drift on the other
 * kinds; beside the same with learning rate 0.
 *
 *     npm run bench:learning -- [--quick] [--json] [--seeds N] [--kinds a,b] [--lanes N] [key=value of the objective]
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { parseArgs } from "node:util"
import { pocket } from "../../trainers/pocket/index.ts"
import { codeSituations } from "../../trainers/pocket/training/CodeSituations.ts"
import { shellSituations } from "../../trainers/pocket/training/ShellSituations.ts"
import type { Situation } from "../../trainers/pocket/training/Situation.ts"
import { habit } from "../../trainers/pocket/training/Situation.ts"
import { makeRng } from "../../trainers/pocket/training/Rng.ts"
import { sdpo, SdpoOptions } from "../../trainers/sdpo/index.ts"
import { baselines, type CourseOptions, type CourseResult, runCourse } from "./Course.ts"
import { summarise, table } from "./Summary.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    seeds: { type: "string" },
    kinds: { type: "string" },
    lanes: { type: "string", default: "2" },
    control: { type: "boolean", default: true },
    verbose: { type: "boolean", default: false },
    model: { type: "string" }
  },
  allowNegative: true
})

interface Job {
  readonly situation: Situation
  readonly way: string
  readonly seed: number
}

const all = [...codeSituations, ...shellSituations]
const wanted = values.kinds?.split(",")
const quickKinds = ["fix", "search", "show", "find", "python-install", "node-install", "test-run", "delete"]
const kinds = all.filter(({ kind }) => wanted?.includes(kind) ?? (!values.quick || quickKinds.includes(kind)))
const seeds = Number(values.seeds ?? (values.quick ? 2 : 5))
const options: CourseOptions = values.quick
  ? { corrections: 3, heldOut: 4, drift: 2, temperature: 0 }
  : { corrections: 3, heldOut: 8, drift: 2, temperature: 0 }

const jobs: ReadonlyArray<Job> = kinds.flatMap((situation) =>
  Array.from({ length: seeds }, (_, seed): Job => {
    const scene = situation.draw(makeRng(seed), false)
    const ways = scene.alternatives.filter((way) => way.id !== habit(scene).id)
    return { situation, way: (ways[seed % ways.length] ?? habit(scene)).id, seed }
  })
)

/** Runs the jobs with the given objective settings on `lanes` independent backends of one thread each. */
const run = Effect.fnUntraced(function*(label: string, settings: Readonly<Record<string, unknown>>) {
  const lanes = Math.max(1, Number(values.lanes))
  const objective = yield* Schema.decodeUnknownEffect(SdpoOptions, { onExcessProperty: "error" })(settings)
  const lane = (index: number) =>
    Effect.gen(function*() {
      const before = yield* baselines(all, options.drift, 1)
      return yield* Effect.forEach(
        jobs.filter((_, job) => job % lanes === index),
        (job) =>
          runCourse(job.situation, job.way, job.seed, before, options).pipe(
            Effect.tap((result) => values.verbose ? Console.error(label, JSON.stringify(result)) : Effect.void)
          )
      )
    }).pipe(
      Effect.provide(
        sdpo(objective).pipe(
          Layer.provideMerge(
            Layer.fresh(pocket({ threads: 1, ...(values.model === undefined ? {} : { modelDirectory: values.model }) }))
          ),
          Layer.provide(NodeServices.layer)
        )
      )
    )
  const results: ReadonlyArray<CourseResult> = (yield* Effect.forEach(
    Array.from({ length: lanes }, (_, index) => index),
    lane,
    { concurrency: "unbounded" }
  )).flat()
  yield* Console.log(`\n${label}\n${table(results)}`)
  return summarise(results)
})

const program = Effect.gen(function*() {
  const settings = Object.fromEntries(positionals.map((argument) => {
    const at = argument.indexOf("=")
    return [argument.slice(0, at), JSON.parse(argument.slice(at + 1).replace(/^(?!true$|false$)([a-z_]+)$/, "\"$1\""))]
  }))
  const learned = yield* run("learning", settings)
  const control = values.control ? yield* run("control: learning rate 0", { ...settings, learningRate: 0 }) : undefined
  const summary = {
    ...learned,
    ...(control === undefined ? {} : {
      controlFixedWithin3: control.fixedWithin3,
      controlHeldOut: control.heldOut,
      controlDrift: control.drift
    })
  }
  if (values.json) yield* Console.log(JSON.stringify(summary))
})

NodeRuntime.runMain(program)
