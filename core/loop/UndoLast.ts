import * as Effect from "effect/Effect"
import type { Undone } from "../domain/Undone.ts"
import { ToolSandbox } from "../ToolSandbox.ts"
import { remember, type Session } from "./Session.ts"

const unkept: Undone = { _tag: "NotUndone", reason: "These tools keep nothing that could be taken back." }

/** Takes back the newest change that a call made to a file, and tells the model. Nothing is learned from it. */
export const undoLast = Effect.fnUntraced(function*(session: Session) {
  const { undo = Effect.succeed(unkept) } = yield* ToolSandbox
  const undone = yield* undo
  if (undone._tag === "Undone") {
    const now = undone.removed ? "is gone again" : "is as it was before"
    yield* remember(session, { _tag: "Note", text: `I took back your last change of ${undone.path}: it ${now}.` })
  }
  yield* session.announce({ _tag: "ChangeUndone", undone })
})
