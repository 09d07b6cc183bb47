import * as Effect from "effect/Effect"
import { createInterface } from "node:readline"
import { configError } from "../../core/config/Decode.ts"
import type { Launch } from "../../core/defineAgent.ts"
import { readProjectState, writeProjectState } from "../host/ProjectState.ts"

/** What the person is told before anything is sent. */
const whatLeaves = (host: string, workspace: string, training: boolean): string => {
  const kept = training
    ? "It keeps the weights of your adapter, which never come here unless you export them."
    : "Nothing is trained there (enable_training=false)."
  return [
    `trainer=tinker sends to ${host}:`,
    "  - every prompt, as token ids: the system prompt with the names of this project's files, your words, the model's calls,",
    "    and what the tools returned, which may be any part of any file;",
    ...(training ? ["  - your corrections and edited calls, and the numbers to train with."] : []),
    kept,
    "The ledger stays in this project. What the service costs is between you and it.",
    `Project: ${workspace}`
  ].join("\n")
}

/** Puts a question to whoever sits at the terminal; everything but yes is no. */
const askTerminal = (text: string): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    terminal.once("close", () => resume(Effect.succeed(false)))
    terminal.question(`${text}\nSend it? [y/N] `, (answer) => {
      resume(Effect.succeed(/^y(es)?$/i.test(answer.trim())))
      terminal.close()
    })
    return Effect.sync(() => terminal.close())
  })

/**
 * Makes sure that the person has agreed that this project's prompts go to this service, and to training there where that is
 * on: once for each project folder and service, kept with the project's other choices. Without a terminal only
 * `tinker_consent=true` agrees.
 */
export const consent = Effect.fnUntraced(function*(
  launch: Launch,
  host: string,
  ask: (text: string) => Effect.Effect<boolean> = askTerminal
) {
  const { interactive, projectState, settings, workspace } = launch
  const training = settings.enable_training
  const { agreed = {} } = yield* readProjectState(projectState)
  const before = agreed[host]
  if (before?.workspace === workspace && (before.training || !training)) return
  const told = whatLeaves(host, workspace, training)
  if (!settings.tinker_consent) {
    if (!interactive) {
      return yield* configError(
        `${told}\nNobody is here to agree to that. Start once in a terminal and answer, or add tinker_consent=true.`
      )
    }
    if (!(yield* ask(told))) {
      return yield* configError("Nothing was sent. Choose trainer=pocket or trainer=gpu, which send nothing.")
    }
  }
  yield* writeProjectState(projectState, { agreed: { ...agreed, [host]: { workspace, training } } })
})
