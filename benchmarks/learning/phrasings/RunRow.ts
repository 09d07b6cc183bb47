import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { runSession } from "../../../core/Agent.ts"
import { defineAgent } from "../../../core/defineAgent.ts"
import type { Call } from "../../../core/domain/Call.ts"
import type { LearnOutcome } from "../../../core/domain/Step.ts"
import { LoraBackend } from "../../../core/LoraBackend.ts"
import { Workspace } from "../../../core/Workspace.ts"
import { assemble } from "../../../plugins/host/Assemble.ts"
import { prepareLaunch } from "../../../plugins/host/Launch.ts"
import { registry } from "../../../plugins/registry.ts"
import { bash, builtinTools } from "../../../tools/index.ts"
import { whyNot } from "./CanRun.ts"
import { person, type Script, type Seen } from "./Person.ts"
import { isWanted, type Phrasing, type PhrasingSet, type Wanted } from "./Phrasing.ts"
import { type Files, lay } from "./Place.ts"
import type { Judged, Row } from "./Row.ts"

/** The built-in tools, but no command is run: what a person approves here may push, download or delete. */
const tools = builtinTools.map((tool) =>
  tool.name === bash.name ? { ...tool, run: () => Effect.succeed({ output: "(no output)", success: true }) } : tool
)

/** One session of the program on a new copy of the files, with the person of the script. */
const session = Effect.fnUntraced(function*(
  files: Files,
  script: Script,
  options: { readonly stateDirectory: string; readonly keys: ReadonlyArray<string> }
) {
  const backend = yield* LoraBackend
  const seen: Seen = { calls: [], outcomes: [], ending: undefined }
  const definition = defineAgent({
    trainer: Layer.succeed(LoraBackend, backend),
    objective: "sdpo",
    tools,
    // The person of the script answers every call.
    permissions: { rules: [{ tool: "*", effect: "ask" }] },
    ui: person(script, seen)
  })
  const directory = yield* lay(files)
  const launch = yield* prepareLaunch(definition, {
    keys: [`state_dir=${options.stateDirectory}`, ...options.keys],
    directory,
    output: "json",
    interactive: false
  })
  const services = yield* assemble(definition, launch, registry)
  yield* runSession({ seed: launch.settings.seed }).pipe(
    Effect.provide(services.pipe(Layer.provideMerge(Workspace.layer(launch.workspace))))
  )
  return seen
}, Effect.scoped)

const judge = Effect.fnUntraced(function*(
  call: Call | undefined,
  ending: Seen["ending"],
  wanted: Wanted,
  files: Files
) {
  if (call !== undefined) {
    const problem = yield* whyNot(call, files)
    const { arguments: args, tool } = call
    const judged: Judged = { call: { tool, arguments: args }, wanted: isWanted(wanted, call) }
    return problem === undefined ? judged : { ...judged, problem }
  }
  const judged: Judged = ending !== undefined && "words" in ending
    ? { words: ending.words, wanted: false }
    : { wanted: false, problem: ending?.failure ?? "The session ended." }
  return judged
})

const stepOf = (outcome: LearnOutcome | undefined, ending: Seen["ending"]): number | string => {
  if (outcome?._tag === "Stepped") return outcome.step.inner.length
  return outcome?.reason ?? (ending !== undefined && "failure" in ending ? ending.failure : "not learned")
}

/**
 * Gives one correction through the program's own loop: with learning off, then with learning on to a fresh adapter, which is
 * asked again in fresh sessions. `keys` are settings, as on the command line.
 */
export const runRow = Effect.fnUntraced(function*(
  row: Phrasing,
  workspaces: PhrasingSet["workspaces"],
  keys: ReadonlyArray<string>
) {
  const { again, approve, correction, id, kind, task } = row
  const files = workspaces[row.workspace] ?? {}
  const againFiles = workspaces[again.workspace ?? row.workspace] ?? {}
  const here = { task, approve, wanted: row.follows }
  const there = { task: again.task, approve, wanted: again.follows }
  const state = yield* lay({})
  const off = { stateDirectory: `${state}/off`, keys: [...keys, "enable_training=false"] }
  const on = { stateDirectory: `${state}/on`, keys: [...keys, "enable_training=true"] }

  const told = yield* session(files, { ...here, correction }, off)
  const first = yield* judge(told.calls[0], told.ending, row.follows, files)
  if (first.call === undefined || first.wanted) return { id, kind, first } satisfies Row
  const toldAgain = yield* session(againFiles, { ...there, correction }, off)

  const taught = yield* session(files, { ...here, correction }, on)
  const fresh = yield* session(files, here, on)
  const freshAgain = yield* session(againFiles, there, on)
  return {
    id,
    kind,
    first,
    told: {
      retry: yield* judge(told.calls[1], told.ending, row.follows, files),
      againFirst: yield* judge(toldAgain.calls[0], toldAgain.ending, again.follows, againFiles),
      againRetry: yield* judge(toldAgain.calls[1], toldAgain.ending, again.follows, againFiles)
    },
    taught: {
      step: stepOf(taught.outcomes[0], taught.ending),
      retry: yield* judge(taught.calls[1], taught.ending, row.follows, files),
      fresh: yield* judge(fresh.calls[0], fresh.ending, row.follows, files),
      again: yield* judge(freshAgain.calls[0], freshAgain.ending, again.follows, againFiles)
    }
  } satisfies Row
}, Effect.scoped)
