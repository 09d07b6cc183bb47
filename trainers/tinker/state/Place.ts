import * as Effect from "effect/Effect"
import type { OptimizerParams, TrainingClient } from "../../tinker-sdk/index.ts"
import type { Batch } from "../loss/Batches.ts"
import type { Watch } from "../Watch.ts"
import type { Origin } from "./Snapshot.ts"

/** One update as the service is asked for it. */
export interface Step {
  readonly batches: ReadonlyArray<Batch>
  readonly params: OptimizerParams
}

/** Exactly which weights are meant: an origin, and the updates made since. Any model of the service can be brought there. */
export interface Place {
  readonly origin: Origin
  readonly since: ReadonlyArray<Step>
  readonly revision: number
  /** No two places of a session share it. */
  readonly version: number
}

export const sameOrigin = (a: Origin, b: Origin): boolean =>
  a._tag === "Fresh" ? b._tag === "Fresh" && a.seed === b.seed : b._tag === "Saved" && a.path === b.path

/** Sends an update; all its requests are on their way when this is done. */
export const submitStep = Effect.fnUntraced(function*(watch: Watch, model: TrainingClient, { batches, params }: Step) {
  const passes = yield* Effect.forEach(batches, (batch) => {
    watch.count({ trained: batch.tokens })
    return model.submit.forwardBackward(batch.data, batch.loss)
  })
  return { passes, step: yield* model.submit.optimStep(params) }
})

/** What the passes of an update, and the optimiser, said. */
export const stepResults = (watch: Watch, { passes, step }: Effect.Success<ReturnType<typeof submitStep>>) =>
  Effect.all([
    Effect.forEach(passes, (pass) => watch.timed("forward_backward", pass.result), { concurrency: "unbounded" }),
    watch.timed("optim_step", step.result)
  ], { concurrency: "unbounded" })
