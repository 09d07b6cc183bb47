import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { pocket } from "../../trainers/pocket/index.ts"
import { makeRng } from "../../trainers/pocket/training/Rng.ts"
import type { Situation } from "../../trainers/pocket/training/Situation.ts"
import { habit } from "../../trainers/pocket/training/Situation.ts"
import { sdpo, SdpoOptions } from "../../trainers/sdpo/index.ts"
import { baselines, type CourseOptions, type CourseResult, runCourse } from "./Course.ts"
import { situations } from "./Kinds.ts"
import { summarise, table } from "./Summary.ts"

interface CoursesOptions {
  /** Eight kinds and two seeds instead of all and five. */
  readonly quick: boolean
  /** key=value settings of SDPO. */
  readonly settings: ReadonlyArray<string>
  readonly json: boolean
  readonly seeds: number | undefined
  readonly kinds: ReadonlyArray<string> | undefined
  readonly lanes: number
  readonly control: boolean
  readonly verbose: boolean
  readonly modelDirectory: string | undefined
}

interface Job {
  readonly situation: Situation
  readonly way: string
  readonly seed: number
}

const QUICK_KINDS = ["fix", "search", "show", "find", "python-install", "node-install", "test-run", "delete"]

const jobsOf = ({ kinds, quick, seeds }: CoursesOptions): ReadonlyArray<Job> =>
  situations.filter(({ kind }) => kinds?.includes(kind) ?? (!quick || QUICK_KINDS.includes(kind))).flatMap((
    situation
  ) =>
    Array.from({ length: seeds ?? (quick ? 2 : 5) }, (_, seed): Job => {
      const scene = situation.draw(makeRng(seed), false)
      const ways = scene.alternatives.filter((way) => way.id !== habit(scene).id)
      return { situation, way: (ways[seed % ways.length] ?? habit(scene)).id, seed }
    })
  )

/** Runs the courses with the given objective settings on `lanes` independent backends of one thread each. */
const run = Effect.fnUntraced(function*(
  label: string,
  settings: Readonly<Record<string, unknown>>,
  options: CoursesOptions
) {
  const lanes = Math.max(1, options.lanes)
  const jobs = jobsOf(options)
  const course: CourseOptions = { corrections: 3, heldOut: options.quick ? 4 : 8, drift: 2, temperature: 0 }
  const objective = yield* Schema.decodeUnknownEffect(SdpoOptions, { onExcessProperty: "error" })(settings)
  const model = options.modelDirectory === undefined ? {} : { modelDirectory: options.modelDirectory }
  const lane = (index: number) =>
    Effect.gen(function*() {
      const before = yield* baselines(situations, course.drift, 1)
      return yield* Effect.forEach(
        jobs.filter((_, job) => job % lanes === index),
        (job) =>
          runCourse(job.situation, job.way, job.seed, before, course).pipe(
            Effect.tap((result) => options.verbose ? Console.error(label, JSON.stringify(result)) : Effect.void)
          )
      )
    }).pipe(
      Effect.provide(
        sdpo(objective).pipe(
          Layer.provideMerge(Layer.fresh(pocket({ threads: 1, ...model }))),
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

/**
 * One kind of correction after the other, each taught to a fresh adapter with the given settings of SDPO: corrections until
 * the greedy call is the corrected one, success on held-out phrasings and files, drift on the other kinds; beside the same
 * with learning rate 0.
 */
export const runCourses = Effect.fnUntraced(function*(options: CoursesOptions) {
  const settings = Object.fromEntries(options.settings.map((argument) => {
    const at = argument.indexOf("=")
    return [argument.slice(0, at), JSON.parse(argument.slice(at + 1).replace(/^(?!true$|false$)([a-z_]+)$/, "\"$1\""))]
  }))
  const learned = yield* run("learning", settings, options)
  const control = options.control
    ? yield* run("control: learning rate 0", { ...settings, learningRate: 0 }, options)
    : undefined
  const summary = {
    ...learned,
    ...(control === undefined ? {} : {
      controlFixedWithin3: control.fixedWithin3,
      controlHeldOut: control.heldOut,
      controlDrift: control.drift
    })
  }
  if (options.json) yield* Console.log(JSON.stringify(summary))
})
