import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { fullMetrics } from "./evidence/FullMetrics.ts"
import { lessonCard } from "./evidence/LessonCard.ts"
import { FeedbackStore } from "./FeedbackStore.ts"
import { Learner } from "./Learner.ts"
import type { UserInput } from "./domain/UserInput.ts"
import { correctLast } from "./loop/Correct.ts"
import { insteadOf } from "./loop/Instead.ts"
import { learnCommand, lessonsCommand } from "./loop/LessonCommands.ts"
import { findSession, goOn, type Resume } from "./loop/Resume.ts"
import { permissionsCommand } from "./loop/PermissionCommands.ts"
import type { Session } from "./loop/Session.ts"
import { makeSession, remember } from "./loop/Session.ts"
import type { TurnEnd, TurnStart } from "./loop/Turn.ts"
import { undoLast } from "./loop/UndoLast.ts"
import { runTurn } from "./loop/Turn.ts"
import { Model } from "./Model.ts"
import { ToolSandbox } from "./ToolSandbox.ts"
import { Ui } from "./Ui.ts"
import { Workspace } from "./Workspace.ts"

/** How the last turn of a session ended, for exit codes. */
export interface SessionReport {
  readonly lastTurn: TurnEnd | "None" | "Interrupted"
}

export interface SessionOptions {
  /** Starts the sequence of sampling seeds. */
  readonly seed: number
  /** Goes on with an earlier session. */
  readonly resume?: Resume
}

/** Runs one turn until it ends or the human stops it. */
const turn = Effect.fnUntraced(function*(session: Session, start: TurnStart) {
  const ui = yield* Ui
  const end = yield* Effect.raceFirst(
    runTurn(session, start).pipe(
      Effect.catchTag(
        "ModelError",
        (error) => session.announce({ _tag: "Failure", message: error.message }).pipe(Effect.as<TurnEnd>("Failed"))
      )
    ),
    ui.interrupted.pipe(Effect.as("Interrupted" as const))
  )
  if (end === "Interrupted") yield* session.announce({ _tag: "TurnCancelled", reason: "Stopped." })
  else if (end === "Finished" || end === "Failed") yield* session.announce({ _tag: "TurnFinished" })
  return end
})

/** Corrects what the model did last; gives the turn that goes on then. */
const correct = Effect.fnUntraced(
  function*(session: Session, input: Extract<UserInput, { readonly _tag: "Correct" | "Instead" }>) {
    if (input._tag === "Correct") return yield* correctLast(session, input.correction)
    const last = yield* Ref.get(session.lastSaid)
    if (last !== undefined) return yield* insteadOf(session, last, input.call)
    yield* session.announce({
      _tag: "Failure",
      message:
        "There is no answer to correct: /do is about the last one, once. Send a task, or correct the last call with /no."
    })
    return undefined
  }
)

/**
 * The loop: takes what the human types, runs turns, and lets corrections change the adapter. Ends when the human quits; fails
 * when the user interface does, and when there is no session to go on with.
 */
export const runSession = Effect.fn("Agent.runSession")(function*({ resume, seed }: SessionOptions) {
  const ui = yield* Ui
  const model = yield* Model
  const sandbox = yield* ToolSandbox
  const store = yield* FeedbackStore
  const learner = yield* Learner
  const workspace = yield* Workspace
  const found = resume === undefined ? undefined : yield* findSession(resume)
  const session = yield* makeSession({ seed, training: false, ...(found === undefined ? {} : { found }) })

  const resumed = yield* learner.resume
  const training = learner.training && (yield* learner.missing) === undefined
  yield* Ref.set(session.training, training)
  yield* session.announce({
    _tag: "SessionStarted",
    sessionId: session.id,
    workspace: workspace.root,
    model: model.name,
    trainer: learner.backend,
    objective: learner.objective,
    training,
    sandbox: sandbox.name,
    revision: yield* learner.revision
  })
  if (found !== undefined) yield* goOn(session, found)
  if (resumed !== undefined) yield* session.announce({ _tag: "Notice", message: resumed })
  if (model.notices !== undefined) {
    yield* model.notices.pipe(
      Stream.runForEach((message) => session.announce({ _tag: "Notice", message })),
      Effect.ignore,
      Effect.forkChild({ startImmediately: true })
    )
  }

  let report: SessionReport = { lastTurn: "None" }
  while (report.lastTurn !== "Quit") {
    const input = yield* ui.next
    if (input._tag === "Quit") break
    switch (input._tag) {
      case "Task": {
        const task = input.text.trim()
        if (task !== "") report = { lastTurn: yield* turn(session, { task }) }
        yield* Effect.ignore(learner.usage)
        break
      }
      case "Note": {
        const text = input.text.trim()
        if (text === "") break
        yield* remember(session, { _tag: "Note", text })
        yield* session.announce({ _tag: "NoteAdded", text })
        break
      }
      case "ShowMetrics":
        yield* learner.usage.pipe(
          Effect.flatMap((used) => Effect.flatMap(learner.revision, (revision) => fullMetrics(store, revision, used))),
          Effect.flatMap((metrics) => session.announce({ _tag: "MetricsShown", metrics })),
          Effect.catchTag(
            "FeedbackStoreError",
            (error) => session.announce({ _tag: "Failure", message: error.message })
          )
        )
        break
      case "Why":
        yield* store.learned.pipe(
          Effect.flatMap((lessons) => {
            const { number = 1 } = input
            const card = lessonCard(lessons, number)
            if (card !== undefined) return session.announce({ _tag: "WhyShown", card })
            const message = lessons.length === 0
              ? "Nothing was taught yet: deny a call and say what to do instead, then ask /why."
              : `There is no lesson ${number}, counted from the last one. Try /why 1.`
            return session.announce({ _tag: "Notice", message })
          }),
          Effect.catchTag(
            "FeedbackStoreError",
            (error) => session.announce({ _tag: "Failure", message: error.message })
          )
        )
        break
      case "ShowLessons":
      case "ShowLesson":
      case "UndoLesson":
      case "ForgetLesson":
        yield* lessonsCommand(session, input)
        break
      case "Correct":
      case "Instead": {
        const next = yield* Effect.raceFirst(correct(session, input), ui.interrupted)
        if (next !== undefined) report = { lastTurn: yield* turn(session, { ...next, resumed: true }) }
        break
      }
      case "ShowPermissions":
      case "TestPermission":
      case "AddPermission":
      case "RevokePermission":
        yield* permissionsCommand(session, input)
        break
      case "UndoChange":
        yield* undoLast(session)
        break
      case "ShowSessions":
        yield* store.sessions.pipe(
          Effect.flatMap((sessions) => session.announce({ _tag: "SessionsShown", sessions, current: session.id })),
          Effect.catchTag(
            "FeedbackStoreError",
            (error) => session.announce({ _tag: "Failure", message: error.message })
          )
        )
        break
      case "Learn":
        yield* learnCommand(session, input)
        break
      case "Clear":
        yield* Ref.set(session.conversation, [])
        yield* Ref.set(session.suggestion, undefined)
        yield* Ref.set(session.lastRan, undefined)
        yield* Ref.set(session.lastSaid, undefined)
        yield* session.announce({ _tag: "Cleared" })
        break
      case "Help":
        yield* session.announce({ _tag: "HelpShown" })
        break
    }
  }
  for (const message of yield* sandbox.end ?? Effect.succeed([])) yield* session.announce({ _tag: "Notice", message })
  yield* session.announce({ _tag: "SessionEnded" })
  return report
})
