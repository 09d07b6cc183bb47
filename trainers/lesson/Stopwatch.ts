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

export const makeStopwatch = (): Stopwatch => {
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
        const start = yield* Clock.monotonicTimeNanos
        const value = yield* effect
        spent[stage] += Number((yield* Clock.monotonicTimeNanos) - start) / 1e9
        return value
      }),
    stages: () => ({ ...spent })
  }
}
