import * as Effect from "effect/Effect"
import type { Resume } from "../../core/loop/Resume.ts"
import type { PermissionSet } from "../../core/permissions/PermissionSet.ts"
import { findAgent, namedAgent } from "../host/FindAgent.ts"
import { unreachable } from "../host/FixedParts.ts"
import { prepareLaunch, workspaceOf } from "../host/Launch.ts"
import { loadAgent } from "../host/LoadAgent.ts"
import type { Place } from "./CommandSpec.ts"
import { defaultAgent } from "./DefaultAgent.ts"
import { say } from "./Say.ts"
import { isTrusted } from "./Trusted.ts"

export interface Wanted {
  readonly keys: ReadonlyArray<string>
  readonly agent?: string
  readonly prompt?: string
  readonly permissions?: PermissionSet
  readonly resume?: Resume
  /** Whether code that the project brings along is agreed to. */
  readonly trust?: boolean
  readonly output: "text" | "json"
  readonly interactive: boolean
}

/** The agent and the launch that settings, the project's agent.ts and the defaults make together. */
export const prepare = Effect.fnUntraced(function*(wanted: Wanted, { directory, home }: Place) {
  const { agent, trust = false, ...request } = { ...wanted, directory }
  const bundled = yield* loadAgent(defaultAgent)
  const found = agent === undefined ? yield* findAgent(directory, home) : undefined
  const file = agent === undefined ? found : yield* namedAgent(agent, directory)
  // A file that was named is agreed to by that.
  const runs = found === undefined
    || (yield* isTrusted(yield* workspaceOf(bundled, request), [found], {
      trust,
      interactive: request.interactive
    }))
  const definition = file === undefined || !runs ? bundled : { ...bundled, ...(yield* loadAgent(file)) }
  const launch = yield* prepareLaunch(definition, request)
  yield* Effect.forEach(unreachable(definition, wanted.keys), say)
  return { definition, launch }
})
