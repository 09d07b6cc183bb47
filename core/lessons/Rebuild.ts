import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Scope } from "effect/Scope"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { Lesson } from "../domain/Lesson.ts"
import type { AdapterKey, LessonEntry, TrainedWith } from "../domain/LessonEntry.ts"
import type { Rewrite } from "../FeedbackStore.ts"
import { FeedbackStore } from "../FeedbackStore.ts"
import type { GuardLimits } from "../guard/Guard.ts"
import { adapterShape, Learner } from "../Learner.ts"
import { allOrNothing } from "../learning/AllOrNothing.ts"
import { trainedWith } from "./TrainedWith.ts"
import { LoraBackend } from "../LoraBackend.ts"
import { Trainer } from "../Trainer.ts"
import { LessonsError, shortId } from "./FindLesson.ts"
import { belongsTo, lessonsOfModel, type ReadableEntry } from "./Members.ts"
import { lookBefore, type RebuildCheck } from "./RebuildCheck.ts"
import { asLessonsError, lessonsFailed, type OnRelearn, type Planned, relearn } from "./Relearn.ts"

/** More than a ledger keeps. */
const ALL_TURNS = 10_000

export interface LessonsOptions {
  /** What a fresh adapter is drawn from where the ledger does not say. Default 0. */
  readonly seed?: number
  /** What a rebuilt adapter is measured by; absent: it is not. */
  readonly guard?: GuardLimits
  /** The Trainer that a lesson was learned with, built again; undefined when that cannot be done here. */
  readonly trainerFor?: (
    recorded: TrainedWith
  ) => Layer.Layer<Trainer, { readonly message: string }, LoraBackend> | undefined
}

/** A rewrite, and what the rebuild it comes from did to approved calls. */
export type CheckedRewrite = Rewrite & RebuildCheck & {
  readonly revision: number
  /** Whether the adapter in memory was made anew, from the ledger. */
  readonly rebuilt: boolean
}

const unmeasured: GuardLimits = { canaries: 0, canaryKl: 0, validity: 0, stepNorm: 0 }

const sameTraining = (a: TrainedWith, b: TrainedWith): boolean => {
  const [x, y] = [a, b].map(({ objective, settings }) =>
    JSON.stringify([objective, Object.entries(settings).toSorted(([p], [q]) => p < q ? -1 : 1).map(String)])
  )
  return x === y
}

/** The adapter of this start and how its past is rebuilt. */
export const rebuilder = Effect.fnUntraced(function*(options: LessonsOptions) {
  const backend = yield* LoraBackend
  const present = yield* Trainer
  const store = yield* FeedbackStore
  const learner = yield* Learner
  const { info } = backend
  const adapter: AdapterKey = { modelIdentity: info.modelIdentity, shape: adapterShape(info) }
  const now = trainedWith(present, info)

  /** The Trainer of a lesson as it was; lessons of the first version did not say, so they get the present one. */
  const trainerOf = (
    entry: ReadableEntry,
    built: Map<string, Trainer["Service"]>
  ): Effect.Effect<Trainer["Service"], LessonsError, Scope> => {
    const recorded = entry.trainedWith
    if (recorded === undefined || sameTraining(recorded, now)) return Effect.succeed(present)
    const key = JSON.stringify([recorded.objective, recorded.settings])
    const known = built.get(key)
    if (known !== undefined) return Effect.succeed(known)
    const unknown = (why: string) =>
      new LessonsError({
        reason: "Objective",
        message:
          `Lesson ${shortId(entry.id)} was learned with objective ${recorded.objective} and settings of its own, `
          + `which cannot be had here${why}. Start with the agent.ts it was learned with, or rebuild the adapter with the `
          + "present settings: continualcode lessons replay. The adapter is as before."
      })
    const layer = options.trainerFor?.(recorded)
    if (layer === undefined) return Effect.fail(unknown(""))
    return Layer.build(layer).pipe(
      Effect.provideService(LoraBackend, backend),
      Effect.mapError((error) => unknown(`: ${error.message}`)),
      Effect.map((context) => {
        const trainer = Context.get(context, Trainer)
        built.set(key, trainer)
        return trainer
      })
    )
  }

  /** What learning anew may look at: lessons that stay, and approved turns. */
  const background = Effect.fnUntraced(function*(entries: ReadonlyArray<LessonEntry>, gone: ReadonlySet<string>) {
    const turns = yield* store.approvedTurns({ modelIdentity: info.modelIdentity, limit: ALL_TURNS })
    return { turns, inForce: entries.filter(({ id, state }) => !gone.has(id) && state !== "undone") }
  })

  const toOrigin = Effect.gen(function*() {
    const origin = Option.getOrElse(
      yield* store.origin(adapter),
      () => ({ _tag: "Fresh", seed: options.seed ?? 0 }) as const
    )
    yield* origin._tag === "Fresh" ? backend.reset(origin.seed) : backend.restore(origin.snapshot.bytes)
  }).pipe(
    Effect.catchTag(
      "BackendError",
      (error) => Effect.fail(asLessonsError("The adapter's beginning could not be made")(error))
    )
  )

  const toSnapshotAfter = Effect.fnUntraced(function*(lessonId: string) {
    const saved = yield* store.snapshotAfter(lessonId)
    if (Option.isNone(saved)) {
      return yield* new LessonsError({
        reason: "Adapter",
        message: `The snapshot after lesson ${shortId(lessonId)} is missing. Build the adapter anew from its lessons: `
          + "continualcode lessons replay"
      })
    }
    yield* backend.restore(saved.value.bytes).pipe(
      Effect.mapError(asLessonsError("A saved adapter could not be loaded"))
    )
  })

  /** Of these lessons the place of the newest whose snapshot can be loaded, and was; -1: the adapter's beginning was made. */
  const toNewest = Effect.fnUntraced(function*(kept: ReadonlyArray<ReadableEntry>, saved: ReadonlyArray<string>) {
    for (const [index, { id, state }] of [...kept.entries()].toReversed()) {
      if (state !== "active" || !saved.includes(id)) continue
      if (yield* toSnapshotAfter(id).pipe(Effect.as(true), Effect.orElseSucceed(() => false))) return index
    }
    yield* toOrigin
    return -1
  })

  /** Without the adapter of before there is nothing to compare with. */
  const look = (turns: ReadonlyArray<ApprovedTurn>, gone: ReadonlyArray<Lesson>) =>
    Effect.flatMap(learner.missing, (missing) =>
      missing === undefined
        ? lookBefore(backend, options.guard ?? unmeasured, turns, gone)
        : Effect.succeed(Effect.succeed<RebuildCheck>({})))

  /** Refuses what is about the adapter in force while that is missing. */
  const mustBeThere = (what: string) =>
    Effect.flatMap(learner.missing, (missing) =>
      missing === undefined ? Effect.void : Effect.fail(
        new LessonsError({
          reason: "Adapter",
          message: `${what}, since the saved adapter could not be loaded. Build it anew from its lessons: `
            + "continualcode lessons replay"
        })
      ))

  /** The revision of the adapter in force, whether or not it could be loaded. */
  const revisionOf = Effect.fnUntraced(function*(live: ReadonlyArray<LessonEntry>) {
    const last = live.findLast(({ state }) => state === "active")?.outcome
    return (yield* learner.missing) !== undefined && last?._tag === "Stepped"
      ? last.step.revision
      : yield* backend.revision
  })

  /** Runs `work` on the adapter and commits the rewrite it gives; otherwise the adapter is put back. Succeeds with it. */
  const change = <E>(work: Effect.Effect<CheckedRewrite, E, Scope>) =>
    allOrNothing(
      backend,
      (_, interruptible) => Effect.tap(interruptible(Effect.scoped(work)), store.rewrite),
      (rewrite) => Effect.as(rewrite.rebuilt ? learner.found : Effect.void, rewrite)
    ).pipe(Effect.mapError(lessonsFailed))

  /** The rewrite that takes `gone` out of the adapter. */
  const without = Effect.fnUntraced(function*(
    entries: ReadonlyArray<LessonEntry>,
    gone: ReadonlyArray<LessonEntry>,
    record: (relearned: ReadonlyArray<string>, revision: number) => Pick<Rewrite, "record" | "forgotten">,
    onRelearn: OnRelearn
  ) {
    const left = new Set(gone.map(({ id }) => id))
    const saved = yield* store.snapshots(adapter)
    const live = lessonsOfModel(entries, adapter.modelIdentity).filter((entry) => belongsTo(entry, adapter))
    const first = live.findIndex(({ id, state }) => left.has(id) && state === "active")
    const undone = gone.filter(({ state }) => state !== "undone").map(({ id }) => id)
    if (first === -1) {
      const revision = yield* revisionOf(live)
      const same = { adapter, undone, relearned: [], keptSnapshots: saved, revision, rebuilt: false }
      return { ...same, ...record([], revision) }
    }
    const earlier = live.slice(0, first)
    const later = live.slice(first + 1).filter(({ id }) => !left.has(id))
    const { inForce, turns } = yield* background(entries, left)
    const newest = earlier.findLast(({ state }) => state === "active")
    const lookAgain = later.length === 0 && (newest === undefined || saved.includes(newest.id))
      ? Effect.succeed<RebuildCheck>({})
      : yield* look(turns, gone.flatMap(({ lesson }) => lesson ?? []))
    const base = yield* toNewest(earlier, saved)
    const kept = live.slice(0, base + 1)
    const again = [...earlier.slice(base + 1).filter(({ state }) => state === "active"), ...later]
    const built = new Map<string, Trainer["Service"]>()
    const plan = again.map((entry): Planned => ({
      entry,
      trainedWith: entry.trainedWith ?? now,
      trainer: trainerOf(entry, built)
    }))
    const steps = kept.filter(({ state }) => state === "active").length
    const relearned = yield* relearn(backend, adapter, plan, steps, { inForce, turns }, onRelearn)
    const revision = yield* backend.revision
    return {
      ...yield* lookAgain,
      adapter,
      undone,
      relearned,
      keptSnapshots: kept.map(({ id }) => id),
      revision,
      rebuilt: true,
      ...record(relearned.map(({ lessonId }) => lessonId), revision)
    }
  })

  return {
    adapter,
    backend,
    background,
    change,
    look,
    mustBeThere,
    now,
    present,
    store,
    toOrigin,
    without
  }
})
export type Rebuilder = Effect.Success<ReturnType<typeof rebuilder>>
