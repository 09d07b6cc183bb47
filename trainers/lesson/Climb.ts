import * as Effect from "effect/Effect"
import type { InnerStep } from "../../core/domain/Step.ts"
import type { KeptTurn } from "../../core/Trainer.ts"
import { sameTurn, type Turn } from "../../core/Turn.ts"
import { reachesGoal } from "./Goal.ts"
import { type GreedyTurn, isSure } from "./GreedyTurn.ts"
import type { Start } from "./Measure.ts"
import { policyMovement } from "./PolicyMovement.ts"
import { rehearsal, stillWeak } from "./Rehearsal.ts"
import { forward, onAttempt, ownTurn, ownTurnBeside, type Pass, type Study } from "./Study.ts"

/**
 * What the student does now. Where later updates do not learn on it, it is enough to know whether it is the wanted turn, which one
 * pass over that turn says; what else it does is asked when no update follows.
 */
const turnNow = Effect.fnUntraced(function*(
  study: Study,
  wanted: Turn | undefined,
  newest: GreedyTurn,
  isLast: (attemptLogProbs: ReadonlyArray<number>) => boolean
) {
  const { backend: { info: { capabilities } }, limits } = study
  if (wanted !== undefined && !limits.onPolicy && capabilities.topK > 0 && capabilities.overlaps !== true) {
    return yield* ownTurnBeside(study, wanted, isLast)
  }
  const turn = yield* ownTurn(study, newest)
  return { attemptLogProbs: turn.attemptLogProbs, turn }
})

/**
 * Updates until the student's own turn is what the lesson is after, the divergence budget is spent or `innerSteps` are made;
 * then further ones, `rehearsalSteps` at most, while kept turns no longer hold. Each update is on the student's newest turn
 * once that has left the attempt (`onPolicy`), else on the attempt.
 */
export const climb = Effect.fnUntraced(function*(
  study: Study,
  start: Start,
  wanted: Turn | undefined,
  kept: ReadonlyArray<KeptTurn>,
  progress: (inner: InnerStep) => Effect.Effect<void>
) {
  const { attempt, backend, lesson, limits, objective, time } = study
  const { confidence, divergenceBudget, innerSteps, onPolicy, optimizer, rehearsalSteps, until } = limits
  const inner: Array<InnerStep> = []
  let weak: ReadonlyArray<KeptTurn> = []
  let pass: Pass = start.pass
  let greedy: GreedyTurn = start.greedy
  while (true) {
    const { gradientNorm, revision, updateNorm } = yield* backend.update(optimizer).pipe(
      Effect.tap(() => objective.afterUpdate),
      time("update")
    )
    const { tokens, ...numbers } = pass
    const step: InnerStep = {
      index: inner.length,
      ...numbers,
      gradientNorm,
      updateNorm,
      ...(weak.length === 0 ? {} : { rehearsed: weak.length })
    }
    inner.push(step)
    yield* progress(step)

    const moved = (logProbs: ReadonlyArray<number>) => policyMovement(start.greedy.attemptLogProbs, logProbs)
    const isLast = (logProbs: ReadonlyArray<number>) =>
      inner.length >= innerSteps || moved(logProbs) >= divergenceBudget
    const now = yield* turnNow(study, wanted, greedy, isLast).pipe(time("greedy"))
    greedy = now.turn ?? greedy
    const movement = moved(now.attemptLogProbs)
    const reached = now.turn !== undefined && reachesGoal(start.aim, now.turn)
      && (until === "changed" || isSure(now.turn, start.model, confidence))
    const ended = reached || isLast(now.attemptLogProbs)
    if (ended) {
      weak = inner.length < innerSteps + rehearsalSteps
        ? yield* stillWeak(backend, weak, kept).pipe(time("rehearsal"))
        : []
    }
    const end = { inner, greedy, movement, tokens, revision }
    if (ended && weak.length === 0) return end

    const left = onPolicy && lesson.kind !== "retry" && !sameTurn(greedy, attempt)
    const subject = left ? { ids: greedy.ids } : onAttempt(study)
    const next = yield* forward(study, subject, weak.map(rehearsal)).pipe(time("backward"))
    if ("noSignal" in next) return end
    pass = next
  }
})
export type End = Effect.Success<ReturnType<typeof climb>>
