import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { UserInput } from "../domain/UserInput.ts"
import type { LessonEntry } from "../domain/LessonEntry.ts"
import { Learner } from "../Learner.ts"
import { LearningSwitch } from "../LearningSwitch.ts"
import { entryCard } from "../lessons/EntryCard.ts"
import { findLesson, shortId } from "../lessons/FindLesson.ts"
import { summaryOf } from "../lessons/LessonSummary.ts"
import { Lessons, type RelearnProgress } from "../Lessons.ts"
import { Ui } from "../Ui.ts"
import type { Session } from "./Session.ts"

type LessonsInput = Extract<
  UserInput,
  { readonly _tag: "ShowLessons" | "ShowLesson" | "UndoLesson" | "ForgetLesson" }
>
type LearnInput = Extract<UserInput, { readonly _tag: "Learn" }>

const summaries = (entries: ReadonlyArray<LessonEntry>) => entries.map(summaryOf)

/**
 * What `/lessons` asks for. Undoing and forgetting change adapter and ledger together or not at all; when the human stops
 * them, both are as before.
 */
export const lessonsCommand = Effect.fnUntraced(function*(session: Session, input: LessonsInput) {
  const lessons = yield* Lessons
  const learner = yield* Learner
  const ui = yield* Ui
  const wasMissing = (yield* learner.missing) !== undefined
  const relearning = ({ done, entry, inner, total }: RelearnProgress) =>
    inner === undefined
      ? session.announce({
        _tag: "Notice",
        message: `Learning anew, ${done + 1} of ${total}: ${shortId(entry.id)} ${entry.lesson.correction}`
      }).pipe(Effect.ignore)
      : Effect.void
  const action = Effect.gen(function*() {
    switch (input._tag) {
      case "ShowLessons":
        return yield* session.announce({ _tag: "LessonsShown", lessons: summaries(yield* lessons.list) })
      case "ShowLesson": {
        const entries = yield* lessons.list
        const entry = yield* findLesson(entries, input.id)
        const card = entryCard(entry, entries)
        return yield* session.announce(
          card === undefined ? { _tag: "LessonsShown", lessons: [summaryOf(entry)] } : { _tag: "WhyShown", card }
        )
      }
      case "UndoLesson":
      case "ForgetLesson": {
        const { lessons: gone, relearned, revision, warning } = input._tag === "UndoLesson"
          ? yield* lessons.undo(input.id, relearning)
          : yield* lessons.forget(input.id, relearning)
        yield* session.announce({
          _tag: "LessonsUndone",
          lessons: summaries(gone),
          relearned: summaries(relearned),
          forgotten: input._tag === "ForgetLesson",
          revision
        })
        if (warning !== undefined) yield* session.announce({ _tag: "Notice", message: warning })
        if (!wasMissing || (yield* learner.missing) !== undefined) return
        yield* session.announce({
          _tag: "Notice",
          message: "The adapter was built anew from its lessons and is in force."
        })
        yield* Ref.set(session.training, learner.training)
        yield* session.announce({ _tag: "LearningSwitched", on: learner.training })
        return
      }
    }
  }).pipe(
    Effect.catchTags({
      LessonsError: (error) => session.announce({ _tag: "Failure", message: error.message }),
      FeedbackStoreError: (error) => session.announce({ _tag: "Failure", message: error.message })
    })
  )
  yield* Effect.raceFirst(
    action,
    ui.interrupted.pipe(
      Effect.andThen(session.announce({ _tag: "Notice", message: "Stopped: adapter and ledger are as before." }))
    )
  )
})

/** `/learn`: tells whether corrections teach, or turns that on or off, here at once and for later starts in this project. */
export const learnCommand = Effect.fnUntraced(function*(session: Session, { on }: LearnInput) {
  const learner = yield* Learner
  const { choose } = yield* LearningSwitch
  if (on === true && !learner.trainable) {
    return yield* session.announce({
      _tag: "Failure",
      message: "This model is not trained here, so there is nothing to turn on. Choose a trainer: trainer=NAME."
    })
  }
  const missing = yield* learner.missing
  if (on === true && missing !== undefined) return yield* session.announce({ _tag: "Failure", message: missing })
  if (on !== undefined) {
    yield* Ref.set(session.training, on)
    yield* choose(on).pipe(
      Effect.catchTag("ConfigError", (error) => session.announce({ _tag: "Failure", message: error.message }))
    )
  }
  yield* session.announce({ _tag: "LearningSwitched", on: yield* Ref.get(session.training) })
})
