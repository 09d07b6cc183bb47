import * as Effect from "effect/Effect"
import type { Evidence } from "../../core/domain/Step.ts"
import type { BackendError } from "../../core/LoraBackend.ts"
import type { TrainerError } from "../../core/Trainer.ts"
import { sameTurn } from "../../core/Turn.ts"
import { sum } from "../math/TokenMean.ts"
import { branchingToken } from "./Branching.ts"
import type { End } from "./Climb.ts"
import { correctedEvidence, type Wanted, wantedLogProb } from "./Corrected.ts"
import type { Start } from "./Measure.ts"
import { standing, type Study } from "./Study.ts"

/** The weights after the last update beside those before the first. */
export const evidenceOf = Effect.fnUntraced(function*(
  study: Study,
  { greedy: before, pass, taught }: Start,
  { greedy: after, movement }: End,
  wanted: Wanted | undefined,
  wantedBefore: Effect.Effect<number | undefined, BackendError>
): Effect.fn.Return<Evidence, BackendError | TrainerError> {
  const { attempt, backend, lesson, time } = study
  const { baseKl, divergence } = yield* standing(study).pipe(time("evidence"))
  const wantedAfter = wanted && (yield* wantedLogProb(study, wanted, after).pipe(time("evidence")))
  return {
    attemptLogProbBefore: sum(before.attemptLogProbs),
    attemptLogProbAfter: sum(after.attemptLogProbs),
    divergenceBefore: pass.divergence,
    divergenceAfter: divergence,
    baseKl,
    greedyBefore: before.text,
    greedyAfter: after.text,
    greedyChanged: !sameTurn(before, after),
    ...(lesson.kind !== "retry" && sameTurn(after, attempt) ? { stillDenied: true } : {}),
    movement,
    ...(taught === undefined ? {} : { taught: taught.text }),
    ...correctedEvidence(lesson, wanted, after, yield* wantedBefore, wantedAfter),
    branch: branchingToken(backend.tokenizer, attempt, before, after, lesson.kind === "retry")
  }
})
