/** A client of the fake service. */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { make, type TinkerClientShape } from "../client/TinkerClient.ts"
import type { TinkerError, TinkerOptions } from "../index.ts"
import type { EngineError } from "../testing/engine/Engine.ts"
import { type FakeTinkerOptions, makeFakeTinker } from "../testing/FakeTinker.ts"
import { fakeHttpClient } from "../testing/InProcess.ts"
import { softmaxEngine } from "../testing/softmax/SoftmaxEngine.ts"

type Service = Effect.Success<ReturnType<typeof makeFakeTinker>>

export interface Fake {
  readonly service: Service
  readonly baseModel: string
  /** Weights and optimizer of every model that is loaded, in the order of their making. */
  readonly weights: Effect.Effect<ReadonlyArray<ReadonlyArray<number>>, EngineError>
  /** Sequence numbers and kinds of what was carried out on the n-th model. */
  readonly done: (model?: number) => Effect.Effect<ReadonlyArray<string>>
}

export interface OnFake {
  readonly client: TinkerClientShape
  readonly fake: Fake
}

export const onFake = <A, E, R>(
  use: (parts: OnFake) => Effect.Effect<A, E, R>,
  options: FakeTinkerOptions = {},
  clientOptions: Partial<TinkerOptions> = {}
): Effect.Effect<A, E | TinkerError, Exclude<R, Scope.Scope>> =>
  Effect.scoped(Effect.gen(function*() {
    const engine = softmaxEngine()
    const service = yield* makeFakeTinker({ engine, ...options })
    const client = yield* Effect.provideService(
      make({ apiKey: Redacted.make(service.apiKey), baseUrl: service.baseUrl, ...clientOptions }),
      HttpClient.HttpClient,
      fakeHttpClient(service)
    )
    const fake: Fake = {
      service,
      baseModel: engine.baseModels[0]?.name ?? "",
      weights: Effect.flatMap(service.runs, (runs) =>
        Effect.forEach(
          runs.flatMap(({ state }) => state === undefined ? [] : [state]),
          (state) => Effect.map(state, (bytes) => Array.from(bytes))
        )),
      done: (model = 0) =>
        Effect.map(service.runs, (runs) => (runs[model]?.done ?? []).map(({ kind, seqId }) => `${seqId} ${kind}`))
    }
    return yield* use({ client, fake })
  }))
