import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import type { Call } from "../domain/Call.ts"
import type { Message } from "../domain/Message.ts"
import type { SessionSummary } from "../domain/SessionSummary.ts"
import { WRONG_INPUT } from "../ExitCodes.ts"
import { FeedbackStore } from "../FeedbackStore.ts"
import { toolCallText } from "../prompt/ToolCallText.ts"
import { remember, type Session } from "./Session.ts"

/** Which session to go on with: the newest, or one whose id begins so; `fork` leaves it as it is and begins a new one with it. */
export interface Resume {
  readonly id?: string
  readonly fork: boolean
}

/** There is no such session. Ends with what the person can do. */
export class SessionError extends Schema.TaggedError<SessionError>()("SessionError", {
  /** `None`: there is none at all. `Unknown`: none of that id. `Ambiguous`: several begin so. */
  reason: Schema.Literals(["None", "Unknown", "Ambiguous"]),
  message: Schema.String
}) {
  override get [Runtime.errorExitCode](): number {
    return WRONG_INPUT
  }
}

const choose = (
  sessions: ReadonlyArray<SessionSummary>,
  id: string | undefined
): Effect.Effect<SessionSummary, SessionError> => {
  const [newest] = sessions
  if (newest === undefined) {
    return Effect.fail(
      new SessionError({ reason: "None", message: "There is no session to go on with here. Start one with a task." })
    )
  }
  if (id === undefined) return Effect.succeed(newest)
  const found = sessions.filter((session) => session.id.startsWith(id))
  const [only] = found
  if (only !== undefined && found.length === 1) return Effect.succeed(only)
  return Effect.fail(
    new SessionError({
      reason: only === undefined ? "Unknown" : "Ambiguous",
      message: `${only === undefined ? "No session" : `${found.length} sessions`} of this adapter begin${
        only === undefined ? "s" : ""
      } with ${id}. \`continualcode sessions\` lists them.`
    })
  )
}

/** Tells the model of a call whose end nobody saw. */
const ended = (call: Call) =>
  [
    { _tag: "Assistant", text: toolCallText(call.tool, call.arguments) },
    {
      _tag: "ToolResult",
      call,
      output: "The program ended before this was done. How far it got is not known: look before you go on.",
      success: false
    }
  ] satisfies ReadonlyArray<Message>

/** The session that is meant, with its conversation and what has to be added to it. */
export const findSession = Effect.fnUntraced(function*({ fork, id }: Resume) {
  const store = yield* FeedbackStore
  const summary = yield* choose(yield* store.sessions, id)
  const { conversation, nextCall, unfinished } = yield* store.session(summary.id)
  return {
    from: summary.id,
    fork,
    conversation,
    nextCall,
    added: unfinished === undefined ? [] : ended(unfinished)
  }
})
type FoundSession = Effect.Success<ReturnType<typeof findSession>>

/** Begins a session with what was found: shows the conversation, and adds to it what the model has to know. */
export const goOn = Effect.fnUntraced(function*(session: Session, { added, fork, from }: FoundSession) {
  if (fork) yield* session.record({ _tag: "SessionForked", session: from })
  if (added.length > 0) yield* remember(session, ...added)
  yield* session.announce({
    _tag: "SessionResumed",
    from,
    forked: fork,
    conversation: yield* Ref.get(session.conversation)
  })
})
