import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { configError } from "../../core/config/Decode.ts"
import type { ProbeRun } from "../../core/domain/Event.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { Learner } from "../../core/Learner.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { decodeProbes } from "../../core/probe/Probe.ts"
import { runProbes, violationRate } from "../../core/probe/RunProbes.ts"
import { Ui } from "../../core/Ui.ts"
import { Workspace } from "../../core/Workspace.ts"
import { plain } from "../../ui/text/Line.ts"
import { percent } from "../../ui/text/Numbers.ts"
import { plot } from "../../ui/text/Plot.ts"
import { probeLines } from "../../ui/text/ProbeText.ts"
import type { Command } from "../cli/commands/Command.ts"
import { openProject } from "../cli/commands/Open.ts"
import { print, say } from "../cli/Say.ts"
import { assemble } from "../host/Assemble.ts"
import { registry } from "../registry.ts"

/** Where a project keeps its own probes, in its state folder. */
export const PROBES_FILE = "probes.jsonl"

const HELP = `continualcode probe: asks in fresh contexts whether corrections still hold

Usage
  continualcode probe                 ask, print a table and the rate of violations over time
  continualcode probe --output json   the same as one JSON object

Asked are the newest corrections' situations, as they were and with the task in other words, without any correction in
the prompt: does the denied call come again? And the project's own probes, from agent.ts (probes: […]) and from
.continualcode/${PROBES_FILE}, one JSON object a line:
  {"task": "install zod", "forbid": {"pattern": "npm install"}, "want": {"tool": "bash"}}
Nothing is run and nothing is learned. Each run is kept in the ledger.

Exit codes
  0 done   1 failed   2 a wrong argument, probe, setting or agent.ts   130 interrupted
`

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

/** A run and the rates of all runs of its model, as text: a table, then the rate over time. */
export const probeText = (run: ProbeRun, runs: ReadonlyArray<ProbeRun>, stateDirectory: string): string => {
  const table = probeLines(run).map(plain)
  const rates = runs.flatMap((one) => violationRate(one) ?? [])
  if (run.answers.length === 0) {
    return [
      ...table,
      `  Deny a call and say what to do instead, or write probes into ${stateDirectory}/${PROBES_FILE}.`
    ].join("\n")
  }
  const chart = plot(rates, { columns: 72, rows: 5, format: percent, low: 0, high: 1 })
  const [first = run, last = run] = [runs[0], runs.at(-1)]
  return [
    ...table,
    "",
    "violated over time",
    ...chart.map(plain),
    `  ${rates.length === 1 ? "one run" : `${rates.length} runs`}, revision ${first.revision} to ${last.revision}`
  ].join("\n")
}

export const probeCommand: Command = {
  help: HELP,
  run: (args, place) =>
    Effect.gen(function*() {
      const [word] = args.words
      if (word !== undefined) return yield* configError(`probe takes no ${word}. See continualcode probe --help.`)
      const { definition, launch } = yield* openProject(args, place)
      const own = [...definition.probes ?? [], ...yield* fileProbes(launch.projectState)]
      const { ui: _, ...settings } = launch.settings
      const services = yield* assemble({ ...definition, ui: nobody }, { ...launch, settings }, registry)
      const asked = Effect.gen(function*() {
        const notice = yield* Learner.use(({ resume }) => resume)
        if (notice !== undefined) yield* say(notice)
        const backend = yield* Effect.serviceOption(LoraBackend)
        if (Option.isNone(backend)) {
          return yield* configError("This agent's model is not one that learns here, so there is nothing to probe.")
        }
        const run = yield* runProbes(backend.value, own)
        const runs = yield* FeedbackStore.use(({ probeRuns }) => probeRuns)
        return { run, runs: runs.filter(({ modelIdentity }) => modelIdentity === run.modelIdentity) }
      })
      const { run, runs } = yield* asked.pipe(
        Effect.provide(services.pipe(Layer.provideMerge(Workspace.layer(launch.workspace))))
      )
      const rates = runs.map((one) => ({
        at: one.at,
        revision: one.revision,
        probes: one.answers.length,
        violated: violationRate(one) ?? null
      }))
      yield* print(
        args.output === "json" ? JSON.stringify({ ...run, runs: rates }) : probeText(run, runs, launch.projectState)
      )
    })
}
