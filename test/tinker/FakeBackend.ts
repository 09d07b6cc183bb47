import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { tinker, type TinkerBackendOptions } from "../../trainers/tinker/index.ts"
import { TinkerClient, type TinkerOptions } from "../../trainers/tinker-sdk/index.ts"
import {
  fakeHttpClient,
  type FakeTinker,
  type FakeTinkerOptions,
  makeFakeTinker
} from "../../trainers/tinker-sdk/testing/index.ts"
import { tinkerPocketEngine } from "../helpers/TinkerPocketEngine.ts"

export interface FakeBackendOptions {
  /** Default: the bundled pocket model. */
  readonly modelDirectory?: string
  readonly service?: Omit<FakeTinkerOptions, "engine">
  readonly backend?: Partial<TinkerBackendOptions>
  readonly client?: Partial<TinkerOptions>
}

export interface Faked {
  readonly service: FakeTinker["Service"]
  readonly layer: Layer.Layer<LoraBackend, BackendError>
}

/** The Tinker backend on a fake service, in process, that trains the pocket model. */
export const fakeTinkerBackend = Effect.fnUntraced(function*(options: FakeBackendOptions = {}) {
  const { modelDirectory } = options
  const { engine, name, tokenizer } = yield* tinkerPocketEngine(modelDirectory === undefined ? {} : { modelDirectory })
  const [model] = engine.baseModels
  const { contextLength = 0, vocabularySize = 0 } = model ?? {}
  const service = yield* makeFakeTinker({ engine, ...options.service })
  const client = yield* TinkerClient.make({
    apiKey: Redacted.make(service.apiKey),
    baseUrl: service.baseUrl,
    submission: "overlapped",
    ...options.client
  }).pipe(Effect.provideService(HttpClient.HttpClient, fakeHttpClient(service)))
  const layer = tinker({
    client,
    baseUrl: service.baseUrl,
    modelName: name,
    tokenizer,
    vocabularySize,
    contextLength,
    lora: { rank: 4, trainMlp: false, trainUnembed: false },
    ...options.backend
  })
  return { service, layer } satisfies Faked
})

/** The same as a layer of its own, for tests that do not look at the service. */
export const fakeTinkerLayer = (
  options: FakeBackendOptions = {},
  change: (faked: Faked) => Layer.Layer<LoraBackend, BackendError> = ({ layer }) => layer
): Layer.Layer<LoraBackend, unknown> => Layer.unwrap(Effect.map(fakeTinkerBackend(options), change))
