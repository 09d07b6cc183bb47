import * as Effect from "effect/Effect"
import { Access } from "../../core/permissions/Access.ts"
import { Workspace } from "../../core/Workspace.ts"
import { refuse } from "./Outcome.ts"

/** The real absolute path for a path given by the model: in the project, or outside where rules let it be used. */
export const reach = Effect.fnUntraced(function*(path: string, kind: "read" | "write") {
  const workspace = yield* Workspace
  return yield* workspace.resolve(path, kind).pipe(
    Effect.catch((error) =>
      Effect.gen(function*() {
        const { message, real } = error
        if (real === undefined) return yield* refuse(message)
        const access = yield* Access
        if (yield* access.outside(kind, real)) return real
        return yield* refuse(`${message}, or what the user allows with /permissions allow ${kind} PATH`)
      })
    )
  )
})
