import * as Effect from "effect/Effect"
import { readScript } from "../permissions/bash/ReadScript.ts"
import { callOf, type Said } from "../Turn.ts"

const NOT_SHELL = "shell syntax that cannot be read"

/** Whether a turn is a command that no shell can read, e.g. with a quote that never ends. */
export const isUnreadableCommand = Effect.fnUntraced(function*(turn: Said) {
  const command = callOf(turn)?.arguments["command"]
  return typeof command === "string" && (yield* readScript(command)).opaque.includes(NOT_SHELL)
})
