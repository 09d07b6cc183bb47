import * as Effect from "effect/Effect"
import type { Lesson } from "../domain/Lesson.ts"
import type { StoredSnapshot } from "../FeedbackStore.ts"
import type { Learner } from "../Learner.ts"
import { allOrNothing } from "../learning/AllOrNothing.ts"
import { LessonsError, shortId } from "./FindLesson.ts"
import { belongsTo, type ReadableEntry } from "./Members.ts"
import type { Rebuilder } from "./Rebuild.ts"
import { asLessonsError, lessonsFailed, type OnRelearn, OTHER_REVISION } from "./Relearn.ts"

/** What comes from elsewhere: lessons to learn, or weights to start from. */
export const bringer = ({ adapter, backend, mustBeThere, store }: Rebuilder, learner: Learner["Service"]) => {
  const { info } = backend

  const importLessons = Effect.fn("Lessons.importLessons")(function*(
    lessons: ReadonlyArray<Lesson>,
    source: string,
    onRelearn: OnRelearn
  ) {
    yield* mustBeThere("Nothing was imported")
    const known = new Set((yield* store.entries).map(({ id }) => id))
    const foreign = lessons.find((lesson) => lesson.modelIdentity !== info.modelIdentity)
    if (foreign !== undefined) {
      return yield* new LessonsError({
        reason: "OtherModel",
        message:
          `Lesson ${shortId(foreign.id)} of ${source} was made with the model ${foreign.modelIdentity}, whose token `
          + `ids mean nothing to ${info.modelName} (${info.modelIdentity}). Start with that model. Nothing was imported.`
      })
    }
    const fresh = lessons.filter(({ id }) => !known.has(id))
    yield* Effect.forEach(fresh, (lesson, index) => {
      const { at, id, kind, modelIdentity } = lesson
      const entry: ReadableEntry = {
        number: index + 1,
        id,
        at,
        sessionId: "",
        kind,
        modelIdentity,
        state: "skipped",
        lesson
      }
      const progress = { done: index, total: fresh.length, entry }
      return onRelearn(progress).pipe(Effect.andThen(
        learner.learn({ ...lesson, adapterRevision: OTHER_REVISION }, {
          progress: (inner) => onRelearn({ ...progress, inner }),
          finished: () => Effect.void
        })
      ))
    }, { discard: true })
    const ids = fresh.map(({ id }) => id)
    yield* store.record({ _tag: "LessonsImported", source, lessons: ids })
    return {
      learned: (yield* store.entries).filter(({ id }) => ids.includes(id)),
      known: lessons.flatMap(({ id }) => known.has(id) ? [id] : [])
    }
  })

  /** Loads weights from elsewhere into the backend and makes them the adapter's beginning. */
  const startFrom = (load: Effect.Effect<void, LessonsError>, source: string) =>
    Effect.gen(function*() {
      const inForce = (yield* store.entries).some((entry) => entry.state === "active" && belongsTo(entry, adapter))
      if (inForce) {
        return yield* new LessonsError({
          reason: "HasLessons",
          message:
            "This adapter has lessons, which the imported weights would replace. Give them an adapter of their own: "
            + "continualcode adapters create NAME, then import with adapter=NAME."
        })
      }
      yield* allOrNothing(
        backend,
        Effect.fnUntraced(function*(_, interruptible) {
          yield* interruptible(load)
          const snapshot = { ...adapter, revision: yield* backend.revision, bytes: yield* backend.snapshot }
          yield* store.start(adapter, { _tag: "Imported", source, snapshot })
        }),
        () => learner.found
      ).pipe(Effect.mapError(lessonsFailed))
    }).pipe(Effect.withSpan("Lessons.startFrom"))

  return {
    importLessons,
    startFromPeft: (directory: string, source: string) =>
      startFrom(
        backend.importPeft(directory).pipe(Effect.mapError(asLessonsError(`${directory} could not be imported`))),
        source
      ),
    startFromSnapshot: (snapshot: StoredSnapshot, source: string) =>
      startFrom(
        snapshot.modelIdentity !== adapter.modelIdentity || snapshot.shape !== adapter.shape
          ? Effect.fail(
            new LessonsError({
              reason: snapshot.modelIdentity === adapter.modelIdentity ? "OtherAdapter" : "OtherModel",
              message:
                `${source} belongs to the model ${snapshot.modelIdentity} and has ${snapshot.shape}; here the model `
                + `is ${adapter.modelIdentity} and the adapter has ${adapter.shape}. Choose the same model_name, lora_rank `
                + "and lora_alpha."
            })
          )
          : backend.restore(snapshot.bytes).pipe(Effect.mapError(asLessonsError(`${source} could not be loaded`))),
        source
      )
  }
}
