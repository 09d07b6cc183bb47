import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { LearnStage, StageSeconds } from "../../core/domain/Step.ts"

/** Shorter lessons need no more than their beginning told, seconds. */
const LONG = 1

/**
 * Tells what a lesson that began at `startedAt` waits for next: everything before the first update, and later stages once it has
 * taken a second. What is left is at most so many updates at the pace so far.
 */
export const stageTeller = (
  startedAt: number,
  most: number,
  staged: ((stage: LearnStage) => Effect.Effect<void>) | undefined
) =>
  Effect.fnUntraced(function*(stage: keyof StageSeconds, before: StageSeconds, updates: number) {
    if (staged === undefined || stage === "update") return
    const seconds = ((yield* Clock.currentTimeMillis) - startedAt) / 1000
    if (updates > 0 && seconds < LONG) return
    const perUpdate = (before.backward + before.update + before.greedy) / Math.max(1, updates)
    yield* staged({
      stage,
      seconds,
      updates,
      of: most,
      ...(updates === 0 ? {} : { left: Math.max(0, most - updates) * perUpdate })
    })
  })
