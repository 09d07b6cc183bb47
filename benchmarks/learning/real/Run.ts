import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { basename } from "node:path"
import { defineAgent } from "../../../core/defineAgent.ts"
import type { LearnedLesson } from "../../../core/evidence/LessonCard.ts"
import { LoraBackend } from "../../../core/LoraBackend.ts"
import { overlay } from "../../../plugins/host/Launch.ts"
import { pocket } from "../../../trainers/pocket/index.ts"
import { sdpoDescriptor } from "../../../trainers/sdpo/Options.ts"
import { sftDescriptor } from "../../../trainers/sft/Options.ts"
import { correct, type CourseResult, obeys, runCourse, unrelatedTo } from "./Course.ts"
import { type Kind, loadKinds } from "./Kinds.ts"
import { openProject, type Project } from "./Project.ts"
import { type ModelResult, summarise, table } from "./Results.ts"

export interface RealOptions {
  /** The model's file or folder. */
  readonly model: string
  /** key=value settings of the program; `objective=sft` is understood. */
  readonly settings: ReadonlyArray<string>
  /** The kinds for tuning instead of those that are reported. */
  readonly tuning: boolean
  readonly kinds: ReadonlyArray<string> | undefined
  readonly seed: number
  /** Held-out tasks of each kind, and unrelated ones, at most. */
  readonly heldOut: number
  readonly drift: number
  /** Lessons of the chain; 0 leaves it out. */
  readonly chain: number
  readonly notes: boolean
  readonly json: boolean
  /** The result file, where results of other models stay. */
  readonly output: string | undefined
}

const Written = Schema.fromJsonString(Schema.Struct({ models: Schema.Record(Schema.String, Schema.Unknown) }))

/** Teaches the kinds one after the other to one adapter, then asks for all that held when they were taught. */
const runChain = Effect.fnUntraced(function*(
  kinds: ReadonlyArray<Kind>,
  projectOf: (kind: Kind) => Project,
  seed: number
) {
  const backend = yield* LoraBackend
  yield* backend.reset(seed)
  const earlier: Array<LearnedLesson> = []
  const held: Array<Kind> = []
  for (const kind of kinds) {
    const taught = yield* correct(projectOf(kind), kind, 0, earlier)
    if (taught?.follows === true && (yield* obeys(projectOf(kind), kind, kind.tasks[0]))) held.push(kind)
  }
  const kept = yield* Effect.filter(held, (kind) => obeys(projectOf(kind), kind, kind.tasks[0]))
  return { lessons: kinds.length, retention: kept.length / Math.max(1, held.length) }
})

/** `save` is told what is known after each kind, so that a run that is stopped has not been for nothing. */
const measure = Effect.fnUntraced(function*<E, R>(
  options: RealOptions,
  save: (result: ModelResult) => Effect.Effect<void, E, R>
) {
  const set = yield* loadKinds
  const all = options.tuning ? set.tuning : set.reported
  const kinds = all.filter(({ id }) => options.kinds?.includes(id) !== false)
  const opened = new Map<string, Project>()
  for (const name of new Set(["shop", ...kinds.map(({ workspace }) => workspace)])) {
    opened.set(name, yield* openProject(set.workspaces[name] ?? {}))
  }
  const projectOf = ({ workspace }: Pick<Kind, "workspace">) => opened.get(workspace)!
  const shop = projectOf({ workspace: "shop" })
  const backend = yield* LoraBackend
  yield* backend.reset(options.seed)
  // Spread over the list, so that a few are of all sorts.
  const stride = Math.max(1, Math.floor(set.unrelated.length / Math.max(1, options.drift)))
  const tasks = set.unrelated.filter((_, index) => index % stride === 0).slice(0, options.drift)
  const unrelated = yield* unrelatedTo(shop, tasks)
  const results: Array<CourseResult> = []
  for (const kind of kinds) {
    const result = yield* runCourse(projectOf(kind), kind, options.seed, unrelated, options)
    results.push(result)
    yield* Console.error(JSON.stringify(result))
    yield* save(summarise(results))
  }
  const chain = options.chain === 0
    ? undefined
    : yield* runChain(kinds.slice(0, options.chain), projectOf, options.seed)
  const result = summarise(results, chain)
  yield* save(result)
  return result
}, Effect.scoped)

const write = Effect.fnUntraced(function*(file: string, name: string, result: ModelResult) {
  const fs = yield* FileSystem.FileSystem
  const { models } = (yield* fs.exists(file))
    ? yield* Schema.decodeUnknownEffect(Written)(yield* fs.readFileString(file))
    : { models: {} }
  yield* fs.writeFileString(file, `${JSON.stringify({ models: { ...models, [name]: result } }, null, 2)}\n`)
})

/**
 * Corrects a real model kind by kind, each on a fresh adapter with the program's prompts and defaults, and asks it afterwards:
 * what share of the corrections its teacher follows, what was fixed, what holds in other words, and what else changed.
 */
export const runReal = Effect.fnUntraced(function*(options: RealOptions) {
  const keys = [`model_name=${options.model}`, ...options.settings]
  const settings = yield* overlay(defineAgent({ trainer: "pocket", objective: "sdpo" }), keys)
  const descriptor = settings.objective === "sft" ? sftDescriptor : sdpoDescriptor
  const backend = pocket({
    modelDirectory: options.model,
    ...(settings.lora_scope === "auto" ? {} : { scope: settings.lora_scope }),
    ...(settings.threads === undefined ? {} : { threads: settings.threads })
  })
  const name = [basename(options.model), ...options.settings].join(" ")
  const { output } = options
  const save = (result: ModelResult) => output === undefined ? Effect.void : write(output, name, result)
  const result = yield* measure(options, save).pipe(
    Effect.provide(descriptor.layer(settings).pipe(Layer.provideMerge(backend)))
  )
  if (options.json) yield* Console.log(JSON.stringify(result))
  else yield* Effect.sync(() => console.table(table(result)))
})
