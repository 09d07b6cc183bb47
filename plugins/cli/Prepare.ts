import * as Effect from "effect/Effect"
import { findAgent, namedAgent } from "../host/FindAgent.ts"
import { unreachable } from "../host/FixedParts.ts"
import { prepareLaunch } from "../host/Launch.ts"
import { loadAgent } from "../host/LoadAgent.ts"
import { trustNote } from "../host/Trust.ts"
import type { Place } from "./commands/Command.ts"
import { defaultAgent } from "./DefaultAgent.ts"
import { say } from "./Say.ts"

export interface Wanted {
  readonly keys: ReadonlyArray<string>
  readonly agent?: string
  readonly prompt?: string
  readonly output: "text" | "json"
  readonly interactive: boolean
}

/** The agent and the launch that settings, the project's agent.ts and the defaults make together. */
export const prepare = Effect.fnUntraced(function*(wanted: Wanted, { directory, home }: Place) {
  const { agent, ...request } = { ...wanted, directory }
  const bundled = yield* loadAgent(defaultAgent)
  const file = agent === undefined ? yield* findAgent(directory, home) : yield* namedAgent(agent, directory)
  if (file !== undefined) {
    const { projectState } = yield* prepareLaunch(bundled, request)
    const note = yield* trustNote(file, projectState)
    if (note !== undefined) yield* say(note)
  }
  const definition = file === undefined ? bundled : { ...bundled, ...(yield* loadAgent(file)) }
  const launch = yield* prepareLaunch(definition, request)
  yield* Effect.forEach(unreachable(definition, wanted.keys), say)
  return { definition, launch }
})
