import * as Effect from "effect/Effect"
import { configError } from "../../core/config/Decode.ts"
import { trust, trustOf, trustQuestion } from "../host/Trust.ts"
import { askYesNo } from "./AskYesNo.ts"
import { say } from "./Say.ts"

export interface Asking {
  /** `--trust` was given. */
  readonly trust: boolean
  /** Whether a human sits at a terminal. */
  readonly interactive: boolean
}

/**
 * Whether the code that a workspace brings along may run: it was agreed to before, or is now, by `--trust` or at the terminal.
 * False when the human says no. Fails where nobody can be asked.
 */
export const isTrusted = Effect.fnUntraced(function*(workspace: string, files: ReadonlyArray<string>, asking: Asking) {
  const found = yield* trustOf(workspace, files)
  if (found._tag === "Trusted") return true
  if (found._tag === "Changed") {
    yield* trust(workspace, files)
    yield* say(`${found.files.join(", ")} has changed since the last start. It runs with your rights.`)
    return true
  }
  if (!asking.trust) {
    const question = trustQuestion(workspace, found.files)
    if (!asking.interactive) {
      return yield* configError(`${question}\nStart with --trust to agree, or with --agent to use another.`)
    }
    if (!(yield* askYesNo(`${question}\nRun it, now and from now on? [y/N] `))) {
      yield* say("It does not run; this start uses the default agent.")
      return false
    }
  }
  yield* trust(workspace, files)
  return true
})
