import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { LessonEntry } from "../domain/LessonEntry.ts"
import { FeedbackStore } from "../FeedbackStore.ts"
import { Learner } from "../Learner.ts"
import { Lessons } from "../Lessons.ts"
import type { LoraBackend } from "../LoraBackend.ts"
import type { Trainer } from "../Trainer.ts"
import type { AdapterCard } from "./AdapterCard.ts"
import { bringer } from "./Bring.ts"
import { findLesson, LessonsError, LIST, shortId } from "./FindLesson.ts"
import { belongsTo, lessonsOfModel, quoting, withRetries } from "./Members.ts"
import { type CheckedRewrite, type LessonsOptions, rebuilder } from "./Rebuild.ts"
import type { RebuildCheck } from "./RebuildCheck.ts"
import { asLessonsError, type OnRelearn, type Planned, relearn } from "./Relearn.ts"

export type { LessonsOptions } from "./Rebuild.ts"

const checkOf = ({ approved, warning }: RebuildCheck): RebuildCheck => ({
  ...(approved === undefined ? {} : { approved }),
  ...(warning === undefined ? {} : { warning })
})

const make = Effect.fnUntraced(function*(options: LessonsOptions) {
  const past = yield* rebuilder(options)
  const { adapter, backend, background, change, look, mustBeThere, now, present, store, toOrigin, without } = past
  const { importLessons, startFromPeft, startFromSnapshot } = bringer(past, yield* Learner)

  const asTheyAre = Effect.fnUntraced(function*(ids: ReadonlyArray<string>) {
    const wanted = new Set(ids)
    return (yield* store.entries).filter(({ id }) => wanted.has(id))
  })

  const ofAnotherAdapter = (entry: LessonEntry): LessonsError =>
    new LessonsError({
      reason: entry.modelIdentity === adapter.modelIdentity ? "OtherAdapter" : "OtherModel",
      message: entry.modelIdentity === adapter.modelIdentity
        ? `Lesson ${shortId(entry.id)} belongs to the adapter with ${entry.shape}; this one has ${adapter.shape}. `
          + "Start with its lora_rank and lora_alpha."
        : `Lesson ${shortId(entry.id)} belongs to another model (${entry.modelIdentity}). Start with that model_name.`
    })

  const undo = Effect.fn("Lessons.undo")(function*(id: string | undefined, onRelearn: OnRelearn) {
    const entries = yield* store.entries
    const newest = entries.findLast((entry) => entry.state === "active" && belongsTo(entry, adapter))
    const target = id === undefined ? newest : yield* findLesson(entries, id)
    if (target === undefined) {
      return yield* new LessonsError({
        reason: "Unknown",
        message: "There is no lesson to undo: nothing is in the adapter. `continualcode lessons` lists what there was."
      })
    }
    if (target.state === "undone" || target.state === "forgotten") {
      return yield* new LessonsError({
        reason: "Gone",
        message: `Lesson ${shortId(target.id)} is ${target.state} already. ${LIST}`
      })
    }
    if (!belongsTo(target, adapter)) return yield* ofAnotherAdapter(target)
    const gone = withRetries(entries, new Set([target.id]))
      .filter(({ state }) => state !== "undone" && state !== "forgotten")
    const lessons = gone.map((entry) => entry.id)
    const changed = yield* change(
      without(entries, gone, (relearned, revision) => ({
        forgotten: [],
        record: { _tag: "LessonsUndone", lessons, relearned, revision }
      }), onRelearn)
    )
    return {
      lessons: yield* asTheyAre(lessons),
      relearned: yield* asTheyAre(changed.relearned.map(({ lessonId }) => lessonId)),
      revision: changed.revision,
      ...checkOf(changed)
    }
  })

  const forget = Effect.fn("Lessons.forget")(function*(id: string, onRelearn: OnRelearn) {
    const entries = yield* store.entries
    const target = yield* findLesson(entries, id)
    if (target.state === "forgotten") {
      return yield* new LessonsError({
        reason: "Gone",
        message: `Lesson ${shortId(target.id)} is forgotten already. ${LIST}`
      })
    }
    const gone = withRetries(entries, new Set([target.id])).filter(({ state }) => state !== "forgotten")
    const elsewhere = gone.find((entry) => entry.state === "active" && !belongsTo(entry, adapter))
    if (elsewhere !== undefined) return yield* ofAnotherAdapter(elsewhere)
    const lessons = gone.map((entry) => entry.id)
    const corrections = gone.flatMap(({ lesson }) => lesson === undefined ? [] : [lesson.correction])
    const others = entries.filter((entry) => !lessons.includes(entry.id))
    const changed = yield* change(
      without(entries, gone, (relearned, revision) => ({
        forgotten: lessons,
        record: { _tag: "LessonsForgotten", lessons, relearned, revision }
      }), onRelearn)
    )
    yield* store.sweep
    return {
      lessons: yield* asTheyAre(lessons),
      relearned: yield* asTheyAre(changed.relearned.map(({ lessonId }) => lessonId)),
      revision: changed.revision,
      ...checkOf(changed),
      quotedBy: quoting(others, corrections, backend.tokenizer.decode)
    }
  })

  const replay = Effect.fn("Lessons.replay")(function*(onRelearn: OnRelearn) {
    const entries = yield* store.entries
    const live = lessonsOfModel(entries, adapter.modelIdentity)
    const lessons = live.map(({ id }) => id)
    const changed = yield* change(Effect.gen(function*() {
      const ground = yield* background(entries, new Set())
      const lookAgain = live.length === 0 ? Effect.succeed<RebuildCheck>({}) : yield* look(ground.turns, [])
      yield* toOrigin
      const plan = live.map((entry): Planned => ({ entry, trainedWith: now, trainer: Effect.succeed(present) }))
      const relearned = yield* relearn(backend, adapter, plan, 0, ground, onRelearn)
      const revision = yield* backend.revision
      return {
        ...yield* lookAgain,
        adapter,
        undone: [],
        forgotten: [],
        relearned,
        keptSnapshots: [],
        revision,
        rebuilt: true,
        record: {
          _tag: "AdapterReplayed",
          lessons,
          objective: now.objective,
          backend: now.backend,
          revision
        }
      } satisfies CheckedRewrite
    }))
    return {
      lessons: yield* asTheyAre(lessons),
      objective: now.objective,
      revision: changed.revision,
      ...checkOf(changed)
    }
  })

  const card = Effect.gen(function*() {
    yield* mustBeThere("Nothing was exported")
    const inForce = (yield* store.entries).filter((entry) => entry.state === "active" && belongsTo(entry, adapter))
    return {
      format: "continualcode/adapter@1",
      modelName: backend.info.modelName,
      ...adapter,
      lessons: inForce.length,
      objective: [...new Set(inForce.map(({ trainedWith }) => trainedWith?.objective ?? now.objective))].join(", "),
      revision: yield* backend.revision,
      at: yield* Clock.currentTimeMillis
    } satisfies AdapterCard
  }).pipe(Effect.withSpan("Lessons.card"))

  return Lessons.of({
    present: { backend: backend.info, key: adapter, objective: now.objective },
    list: store.entries,
    undo,
    forget,
    replay,
    importLessons,
    startFromPeft,
    startFromSnapshot,
    card,
    exportPeft: Effect.fn("Lessons.exportPeft")(function*(directory: string) {
      const about = yield* card
      yield* backend.exportPeft(directory).pipe(
        Effect.mapError(asLessonsError(`The adapter could not be exported to ${directory}`))
      )
      const { lessons, revision } = about
      yield* store.record({ _tag: "Exported", form: "peft", target: directory, lessons, revision })
      return about
    })
  })
})

export const lessons = (
  options: LessonsOptions = {}
): Layer.Layer<Lessons, never, LoraBackend | Trainer | FeedbackStore | Learner> => Layer.effect(Lessons, make(options))

/** For models that nothing here can train: what a ledger holds can be read. */
export const lessonsToRead: Layer.Layer<Lessons, never, FeedbackStore> = Layer.effect(
  Lessons,
  Effect.gen(function*() {
    const store = yield* FeedbackStore
    const untrained = Effect.fail(
      new LessonsError({
        reason: "Untrained",
        message: "This model is not trained here, so it has no adapter to change. Choose a trainer."
      })
    )
    return Lessons.of({
      present: undefined,
      list: store.entries,
      undo: () => untrained,
      forget: () => untrained,
      replay: () => untrained,
      importLessons: () => untrained,
      startFromPeft: () => untrained,
      startFromSnapshot: () => untrained,
      card: untrained,
      exportPeft: () => untrained
    })
  })
)
