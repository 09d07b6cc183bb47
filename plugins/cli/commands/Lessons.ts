import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LessonEntry } from "../../../core/domain/LessonEntry.ts"
import { FeedbackStore } from "../../../core/FeedbackStore.ts"
import { LearningSwitch } from "../../../core/LearningSwitch.ts"
import { Learner } from "../../../core/Learner.ts"
import { dataStatement, FOREIGN_MODEL } from "../../../core/lessons/DataStatement.ts"
import { findLesson, shortId } from "../../../core/lessons/FindLesson.ts"
import { Lessons, type RelearnProgress } from "../../../core/Lessons.ts"
import type { Command, CommandArguments, Place } from "../CommandSpec.ts"
import { say } from "../Say.ts"
import { answer, unknownAction, wordsOf } from "./Command.ts"
import { exportAction, importAction } from "./Exchange.ts"
import type { RebuildCheck } from "../../../core/lessons/RebuildCheck.ts"
import { summaryOf } from "../../../core/lessons/LessonSummary.ts"
import { count } from "../../../ui/text/Numbers.ts"
import { checkText, lessonLines, listText, showText, undoneText } from "../../../ui/text/LessonText.ts"
import { openProject, withLearning, withLedgerToRead } from "./Open.ts"

const encodeEntry = Schema.encodeSync(Schema.toCodecJson(LessonEntry))

const wordsIn = (args: CommandArguments, action: string, least: number, most: number, what: string) =>
  wordsOf("lessons", args, action, { least, most }, what)

/** One line per lesson that is learned anew. */
const watching = ({ done, entry, inner, total }: RelearnProgress) =>
  inner === undefined
    ? say(`learning ${done + 1} of ${total}: ${shortId(entry.id)} ${entry.lesson.correction.replace(/\s+/g, " ")}`)
    : Effect.void

const entriesOf = FeedbackStore.use(({ entries }) => entries)
const idsOf = (entries: ReadonlyArray<LessonEntry>) => entries.map(({ id, state }) => ({ id, state }))
/** What a rebuild's check says to a program. */
const checkOf = ({ approved, warning }: RebuildCheck) => ({ approved: approved ?? null, warning: warning ?? null })
const named = (entries: ReadonlyArray<LessonEntry>) => entries.map((entry) => lessonLines(summaryOf(entry))).join("\n")

const list = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  yield* wordsIn(args, "list", 0, 0, "nothing more")
  const project = yield* openProject(args, place)
  const entries = yield* withLedgerToRead(project, entriesOf)
  yield* answer(
    args,
    { adapter: project.launch.adapter, lessons: entries.map(summaryOf) },
    listText(entries.map(summaryOf), project.launch.adapter)
  )
})

const show = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const [id = ""] = yield* wordsIn(args, "show", 1, 1, "one ID")
  const entries = yield* withLedgerToRead(yield* openProject(args, place), entriesOf)
  const entry = yield* findLesson(entries, id)
  yield* answer(args, encodeEntry(entry), showText(entry, entries))
})

const undo = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const [id] = yield* wordsIn(args, "undo", 0, 1, "one ID, or none for the newest lesson")
  const project = yield* openProject(args, place)
  const { lessons, relearned, revision, ...check } = yield* withLearning(
    project,
    Lessons.use((service) => service.undo(id, watching))
  )
  yield* answer(
    args,
    { undone: idsOf(lessons), relearned: idsOf(relearned), revision, ...checkOf(check) },
    undoneText(
      { lessons: lessons.map(summaryOf), relearned: relearned.map(summaryOf), forgotten: false, revision },
      project.launch.adapter
    ) + checkText(check)
  )
})

const forget = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const [id = ""] = yield* wordsIn(args, "forget", 1, 1, "one ID")
  const project = yield* openProject(args, place)
  const { lessons, quotedBy, relearned, revision, ...check } = yield* withLearning(
    project,
    Lessons.use((service) => service.forget(id, watching))
  )
  yield* answer(
    args,
    { forgotten: idsOf(lessons), relearned: idsOf(relearned), revision, quotedBy: idsOf(quotedBy), ...checkOf(check) },
    `Forgotten: ${lessons.map((one) => shortId(one.id)).join(", ")}. What they said is gone from the ledger, and their `
      + `effect from the adapter (revision ${revision}).`
      + checkText(check)
      + (quotedBy.length === 0
        ? ""
        : `\nThe prompts of these lessons still hold what was said; forget them too if it must go:\n${named(quotedBy)}`)
  )
})

const replay = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  yield* wordsIn(args, "replay", 0, 0, "nothing more")
  const project = yield* openProject(args, place)
  const { lessons, objective, revision, ...check } = yield* withLearning(
    project,
    Lessons.use((service) => service.replay(watching))
  )
  const learned = lessons.filter(({ state }) => state === "active").length
  yield* answer(
    args,
    { lessons: idsOf(lessons), objective, revision, ...checkOf(check) },
    `The adapter ${project.launch.adapter} was built anew from ${
      count(lessons.length, "lesson")
    } with ${objective}: ${learned} made a `
      + `step (revision ${revision}).`
      + checkText(check)
  )
})

const where = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  yield* wordsIn(args, "where", 0, 0, "nothing more")
  const project = yield* openProject(args, place)
  const { chosen, learning, present } = yield* withLearning(
    project,
    Effect.gen(function*() {
      const { present } = yield* Lessons
      const { training } = yield* Learner
      return { present, learning: training, chosen: yield* LearningSwitch.use((service) => service.chosen) }
    })
  )
  const { stateDirectory } = project.launch
  const backend = present?.backend ?? FOREIGN_MODEL
  const statement = dataStatement({ backend, stateDirectory, learning, chosen: chosen !== undefined })
  yield* answer(
    args,
    { stateDirectory, learning, chosen: chosen ?? null, sendsTo: backend.sendsTo ?? null, statement },
    statement.join("\n")
  )
})

const actions = { list, show, undo, forget, replay, export: exportAction, import: importAction, where }
const isAction = (word: string): word is keyof typeof actions => Object.hasOwn(actions, word)

export const lessonsCommand: Command = {
  run: (args, place) => {
    const action = args.words[0] ?? "list"
    if (!isAction(action)) return Effect.fail(unknownAction("lessons", action, Object.keys(actions)))
    const { objective } = args.flags
    const keys = typeof objective === "string" ? [...args.keys, `objective=${objective}`] : args.keys
    return Effect.scoped(actions[action]({ ...args, keys }, place))
  }
}
