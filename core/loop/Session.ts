import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { AskedCall, Attempt, Call } from "../domain/Call.ts"
import type { AgentEvent } from "../domain/Event.ts"
import type { LedgerRecord } from "../domain/LedgerRecord.ts"
import type { Message } from "../domain/Message.ts"
import { FeedbackStore, type FeedbackStoreError } from "../FeedbackStore.ts"
import type { UiError } from "../Ui.ts"
import { Ui } from "../Ui.ts"

/** A call waiting for its verdict, with the tokens that proposed it. */
export interface Proposal {
  readonly call: Call
  readonly attempt: Attempt
  /** What was repaired to read it; absent: nothing. */
  readonly repairs?: ReadonlyArray<string>
}

/** What the model did or would do, with what a lesson about it needs. */
export interface Attempted extends Proposal {
  readonly task: string
  /** The conversation before it. */
  readonly conversation: ReadonlyArray<Message>
}

/** What a turn ended with, words or nothing that could be used; `call` is the one it made, or stands for the answer. */
export interface LastSaid extends Attempted {
  /** The call it may have meant. */
  readonly wanted?: AskedCall
}

/** What one running session carries from turn to turn. */
export interface Session {
  readonly id: string
  readonly conversation: Ref.Ref<ReadonlyArray<Message>>
  /** What the last failed tool said, offered with the next call. */
  readonly suggestion: Ref.Ref<string | undefined>
  /** Whether corrections teach now. */
  readonly training: Ref.Ref<boolean>
  /** The last call that ran as the model wrote it, whoever let it; what `/no` corrects. Absent after a turn without one. */
  readonly lastRan: Ref.Ref<Attempted | undefined>
  /** What the last turn ended with; what `/do` corrects, and `/no` where no call ran. */
  readonly lastSaid: Ref.Ref<LastSaid | undefined>
  readonly nextCallId: Effect.Effect<string>
  readonly nextSeed: Effect.Effect<number>
  /** Shows an event; unless it is a passing one it is recorded before, so that nothing is lost that was seen. A ledger that fails is reported once and not fatal. */
  readonly announce: (event: AgentEvent) => Effect.Effect<void, UiError>
  /** Records what no interface shows. */
  readonly record: (record: LedgerRecord) => Effect.Effect<void>
}

/** Random id, unique over all sessions. */
export const freshId: Effect.Effect<string> = Effect.sync(() => globalThis.crypto.randomUUID())

/** Events that pass by on the screen and are not worth keeping. */
const passing: ReadonlySet<AgentEvent["_tag"]> = new Set<AgentEvent["_tag"]>([
  "ThinkingStarted",
  "ContextUsed",
  "TextDelta",
  "LearningProgress",
  "LearningStage",
  "MetricsShown",
  "WhyShown",
  "LessonsShown",
  "SessionResumed",
  "SessionsShown",
  "PermissionsShown",
  "PermissionTested",
  "HelpShown"
])

/** The session that another goes on with: as itself, or, `fork`, as a new one. */
interface EarlierSession {
  readonly from: string
  readonly fork: boolean
  readonly conversation: ReadonlyArray<Message>
  readonly nextCall: number
}

interface SessionStart {
  readonly seed: number
  readonly training: boolean
  readonly found?: EarlierSession
}

export const makeSession = Effect.fnUntraced(function*({ found, seed, training }: SessionStart) {
  const ui = yield* Ui
  const store = yield* FeedbackStore
  const id = found === undefined || found.fork ? yield* freshId : found.from
  const calls = yield* Ref.make(found === undefined ? 0 : found.nextCall - 1)
  const samples = yield* Ref.make(seed)
  const ledgerFailed = yield* Ref.make(false)

  const orTell = (write: Effect.Effect<void, FeedbackStoreError>) =>
    write.pipe(Effect.catch((error) =>
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
    conversation: yield* Ref.make<ReadonlyArray<Message>>(found?.conversation ?? []),
    training: yield* Ref.make(training),
    lastRan: yield* Ref.make<Attempted | undefined>(undefined),
    lastSaid: yield* Ref.make<LastSaid | undefined>(undefined),
    suggestion: yield* Ref.make<string | undefined>(undefined),
    nextCallId: Ref.updateAndGet(calls, (n) => n + 1).pipe(Effect.map((n) => `call-${n}`)),
    nextSeed: Ref.getAndUpdate(samples, (n) => n + 1),
    announce: (event) =>
      passing.has(event._tag) ? ui.show(event) : orTell(store.append(event)).pipe(Effect.andThen(ui.show(event))),
    record: (record) => Effect.ignore(orTell(store.record(record)))
  }
  return session
})

/** Appends to the conversation, here and in the ledger. */
export const remember = (session: Session, ...messages: ReadonlyArray<Message>): Effect.Effect<void> =>
  Ref.update(session.conversation, (before) => [...before, ...messages]).pipe(
    Effect.andThen(session.record({ _tag: "Remembered", messages })),
    Effect.uninterruptible
  )
