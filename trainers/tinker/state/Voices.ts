import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { SamplingClient, TinkerClientShape, TinkerError } from "../../tinker-sdk/index.ts"
import { isGone } from "../Failure.ts"
import type { Watch } from "../Watch.ts"

/** Weights to ask. */
export interface Voice {
  /** A name that only equal weights share. */
  readonly key: string
  /** Puts a question to a sampler of them. One that the service has lost is made anew and asked again, once. */
  readonly ask: <A>(
    question: (sampler: SamplingClient) => Effect.Effect<A, TinkerError>
  ) => Effect.Effect<A, TinkerError>
}

/** A voice of this sampler. `another` makes one of the same weights; undefined where there is none any more. */
export const voiceOf = (
  key: string,
  sampler: () => SamplingClient,
  another: (lost: SamplingClient) => Effect.Effect<SamplingClient | undefined, TinkerError>
): Voice => ({
  key,
  ask: (question) =>
    Effect.suspend(() => {
      const asked = sampler()
      return Effect.catchIf(question(asked), isGone, (error) =>
        Effect.flatMap(another(asked), (found) =>
          found === undefined ? Effect.fail(error) : question(found)))
    })
})

/** The base model's voice. */
export const baseVoice = Effect.fnUntraced(function*(
  client: TinkerClientShape,
  baseModel: string,
  watch: Watch
): Effect.fn.Return<Voice, TinkerError> {
  const create = watch.timed("create_sampler", client.createSamplingClient({ baseModel }))
  const oneAtATime = Semaphore.makeUnsafe(1)
  let current = yield* create
  return voiceOf("base", () => current, (lost) =>
    oneAtATime.withPermits(1)(Effect.gen(function*() {
      if (current === lost) current = yield* create
      return current
    })))
})
