import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { StageSeconds } from "../../core/domain/Step.ts"

type Stage = Exclude<keyof StageSeconds, "canaries">

/** Adds up how long was waited for each stage of a step. */
export interface Stopwatch {
  readonly time: (stage: Stage) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Seconds so far. */
  readonly stages: () => StageSeconds
}

/** `waiting` is told of each stage before it begins, with the seconds of all before it. */
export const makeStopwatch = (
  waiting: (stage: Stage, before: StageSeconds) => Effect.Effect<void> = () => Effect.void
): Stopwatch => {
  const spent: Record<Stage, number> = {
    teacher: 0,
    student: 0,
    backward: 0,
    update: 0,
    greedy: 0,
    rehearsal: 0,
    evidence: 0
  }
  return {
    time: (stage) => (effect) =>
      Effect.gen(function*() {
        yield* waiting(stage, spent)
        const start = yield* Clock.monotonicTimeNanos
        const value = yield* effect
        spent[stage] += Number((yield* Clock.monotonicTimeNanos) - start) / 1e9
        return value
      }),
    stages: () => ({ ...spent })
  }
}
