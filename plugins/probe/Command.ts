import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { configError } from "../../core/config/Decode.ts"
import type { LessonBrief } from "../../core/domain/Lesson.ts"
import type { ProbeRun } from "../../core/domain/ProbeRun.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { Learner } from "../../core/Learner.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { brokenLessons } from "../../core/probe/Forgotten.ts"
import { decodeProbes } from "../../core/probe/Probe.ts"
import { runProbes, violationRate } from "../../core/probe/RunProbes.ts"
import { Ui } from "../../core/Ui.ts"
import { Workspace } from "../../core/Workspace.ts"
import { plain } from "../../ui/text/Line.ts"
import { brokenLines, probeLines, rateLines } from "../../ui/text/ProbeText.ts"
import type { Command } from "../cli/CommandSpec.ts"
import { openProject } from "../cli/commands/Open.ts"
import { print, say } from "../cli/Say.ts"
import { assemble } from "../host/Assemble.ts"
import { registry } from "../registry.ts"

/** Where a project keeps its own probes, in its state folder. */
const PROBES_FILE = "probes.jsonl"

const fileProbes = Effect.fnUntraced(function*(directory: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(directory, PROBES_FILE)
  const text = yield* files.readFileString(file).pipe(Effect.orElseSucceed(() => ""))
  return yield* decodeProbes(text, file)
})

/** Nobody is asked and nothing is shown: probes are about the model alone. */
const nobody = Layer.succeed(
  Ui,
  Ui.of({
    name: "none",
    show: () => Effect.void,
    approve: () => Effect.succeed({ _tag: "Quit" }),
    next: Effect.succeed({ _tag: "Quit" }),
    interrupted: Effect.never
  })
)

/** What a run is told beside. */
interface Told {
  /** All runs of its model, oldest first, itself last. */
  readonly runs: ReadonlyArray<ProbeRun>
  readonly lessons: ReadonlyArray<LessonBrief>
  readonly stateDirectory: string
  readonly rehearsed: number
}

/** A run as text: a table, the rate over time, and which lessons do not hold. */
export const probeText = (run: ProbeRun, { lessons, rehearsed, runs, stateDirectory }: Told): string => {
  const table = probeLines(run).map(plain)
  if (run.answers.length === 0) {
    return [
      ...table,
      `  Deny a call and say what to do instead, or write probes into ${stateDirectory}/${PROBES_FILE}.`
    ].join("\n")
  }
  const broken = brokenLines(brokenLessons(runs), lessons, rehearsed).map(plain)
  return [...table, "", ...rateLines(runs).map(plain), ...(broken.length === 0 ? [] : ["", ...broken])].join("\n")
}

export const probeCommand: Command = {
  run: (args, place) =>
    Effect.gen(function*() {
      const [word] = args.words
      if (word !== undefined) return yield* configError(`probe takes no ${word}. See continualcode probe --help.`)
      const { definition, launch } = yield* openProject(args, place)
      const own = [...definition.probes ?? [], ...yield* fileProbes(launch.projectState)]
      const { ui: _, ...settings } = launch.settings
      const services = yield* assemble({ ...definition, ui: nobody }, { ...launch, settings }, registry)
      const asked = Effect.gen(function*() {
        const { missing, resume } = yield* Learner
        const notice = yield* resume
        if ((yield* missing) !== undefined) return yield* configError(`Nothing was asked. ${notice ?? ""}`)
        if (notice !== undefined) yield* say(notice)
        const backend = yield* Effect.serviceOption(LoraBackend)
        if (Option.isNone(backend)) {
          return yield* configError(
            "This agent's model is not one that learns here, so there is nothing to probe. Choose a trainer."
          )
        }
        const run = yield* runProbes(backend.value, own)
        const runs = yield* FeedbackStore.use(({ probeRuns }) => probeRuns)
        const lessons = yield* FeedbackStore.use(({ corrections }) => corrections)
        return { run, runs: runs.filter(({ modelIdentity }) => modelIdentity === run.modelIdentity), lessons }
      })
      const { lessons, run, runs } = yield* asked.pipe(
        Effect.provide(services.pipe(Layer.provideMerge(Workspace.layer(launch.workspace))))
      )
      const rates = runs.map((one) => ({
        at: one.at,
        revision: one.revision,
        probes: one.answers.length,
        violated: violationRate(one) ?? null
      }))
      yield* print(
        args.output === "json"
          ? JSON.stringify({ ...run, runs: rates, broken: brokenLessons(runs) })
          : probeText(run, {
            runs,
            lessons,
            stateDirectory: launch.projectState,
            rehearsed: launch.settings.rehearse
          })
      )
    })
}
