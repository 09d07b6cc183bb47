import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { Attempt, Call } from "../domain/Call.ts"
import type { AgentEvent } from "../domain/Event.ts"
import type { Message } from "../domain/Message.ts"
import { FeedbackStore } from "../FeedbackStore.ts"
import type { UiError } from "../Ui.ts"
import { Ui } from "../Ui.ts"

/** A call waiting for its verdict, with the tokens that proposed it. */
export interface Proposal {
  readonly call: Call
  readonly attempt: Attempt
}

/** A call that ran, with what a lesson about it needs. */
export interface LastRan extends Proposal {
  readonly task: string
  /** The conversation before it. */
  readonly conversation: ReadonlyArray<Message>
}

/** What one running session carries from turn to turn. */
export interface Session {
  readonly id: string
  readonly conversation: Ref.Ref<ReadonlyArray<Message>>
  /** What the last failed tool said, offered with the next call. */
  readonly suggestion: Ref.Ref<string | undefined>
  /** Whether corrections teach now. */
  readonly training: Ref.Ref<boolean>
  /** The last call that ran as the model wrote it, whoever let it; what `/no` corrects. */
  readonly lastRan: Ref.Ref<LastRan | undefined>
  readonly nextCallId: Effect.Effect<string>
  readonly nextSeed: Effect.Effect<number>
  /** Shows an event and, unless it is a passing one, records it. A ledger that fails is reported once and not fatal. */
  readonly announce: (event: AgentEvent) => Effect.Effect<void, UiError>
}

/** Random id, unique over all sessions. */
export const freshId: Effect.Effect<string> = Effect.sync(() => globalThis.crypto.randomUUID())

/** Events that pass by on the screen and are not worth keeping. */
const passing: ReadonlySet<AgentEvent["_tag"]> = new Set<AgentEvent["_tag"]>([
  "ThinkingStarted",
  "TextDelta",
  "LearningProgress",
  "MetricsShown",
  "WhyShown",
  "LessonsShown",
  "PermissionsShown",
  "PermissionTested",
  "HelpShown"
])

export const makeSession = Effect.fnUntraced(function*(options: { readonly seed: number; readonly training: boolean }) {
  const ui = yield* Ui
  const store = yield* FeedbackStore
  const id = yield* freshId
  const calls = yield* Ref.make(0)
  const samples = yield* Ref.make(options.seed)
  const ledgerFailed = yield* Ref.make(false)

  const record = (event: AgentEvent) =>
    store.append(event).pipe(Effect.catch((error) =>
      Effect.gen(function*() {
        if (yield* Ref.getAndSet(ledgerFailed, true)) return
        yield* ui.show({
          _tag: "Failure",
          message: `The ledger cannot be written, so what happens now may be missing from it: ${error.message}`
        })
      })
    ))

  const session: Session = {
    id,
    conversation: yield* Ref.make<ReadonlyArray<Message>>([]),
    training: yield* Ref.make(options.training),
    lastRan: yield* Ref.make<LastRan | undefined>(undefined),
    suggestion: yield* Ref.make<string | undefined>(undefined),
    nextCallId: Ref.updateAndGet(calls, (n) => n + 1).pipe(Effect.map((n) => `call-${n}`)),
    nextSeed: Ref.getAndUpdate(samples, (n) => n + 1),
    announce: (event) => passing.has(event._tag) ? ui.show(event) : ui.show(event).pipe(Effect.andThen(record(event)))
  }
  return session
})

/** Appends to the conversation. */
export const remember = (session: Session, ...messages: ReadonlyArray<Message>): Effect.Effect<void> =>
  Ref.update(session.conversation, (before) => [...before, ...messages])
