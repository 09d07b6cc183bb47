import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { type TinkerError, TinkerInputError } from "../TinkerError.ts"
import { makeCredential } from "../transport/Credential.ts"
import { makeHttp } from "../transport/Http.ts"
import { makeProgressHub, type TinkerProgress } from "../transport/Progress.ts"
import { makeTransport, readJson } from "../transport/Transport.ts"
import {
  AuthToken,
  ClientConfig,
  CreateModelRequest,
  CreateModelResult,
  CreateSamplingSessionReply,
  CreateSamplingSessionRequest,
  DEFAULT_BASE_URL,
  Endpoints,
  Health,
  LoadWeightsIntoSessionRequest,
  LoadWeightsResult,
  LoraConfig,
  ServerCapabilities,
  type UserMetadata
} from "../wire/index.ts"
import { makeBackPressure } from "./BackPressure.ts"
import { type Checkpoints, makeCheckpoints } from "./Checkpoints.ts"
import {
  type Core,
  direct,
  encodeBody,
  get,
  makeCore,
  observer,
  redeem,
  type SessionCore,
  submit,
  type WaitOptions
} from "./Core.ts"
import { fetchClientConfig, watchDynamicConfig } from "./Flags.ts"
import { makeDispatch } from "./ForwardBackward.ts"
import { optionsConfig, settings as readSettings, type TinkerOptions } from "./Options.ts"
import { makeSamplingClient, type SamplingClient } from "./SamplingClient.ts"
import { openSession } from "./Session.ts"
import { makeTrainingClient, type TrainingClient } from "./TrainingClient.ts"

export interface LoraOptions {
  /** A power of two. Default 32. */
  readonly rank?: number | undefined
  /** Of the initial weights. */
  readonly seed?: number | undefined
  readonly trainUnembed?: boolean | undefined
  readonly trainMlp?: boolean | undefined
  readonly trainAttn?: boolean | undefined
}

export interface NewModel extends WaitOptions {
  readonly baseModel: string
  readonly lora?: LoraOptions | undefined
  readonly userMetadata?: UserMetadata | undefined
}

export interface ResumeOptions extends WaitOptions {
  /** Takes the optimizer's state along with the weights; default true. */
  readonly optimizer?: boolean | undefined
  readonly userMetadata?: UserMetadata | undefined
}

export interface TinkerClientShape {
  readonly sessionId: string
  /** What all operations wait for, as it happens. */
  readonly progress: Stream.Stream<TinkerProgress>
  readonly health: Effect.Effect<void, TinkerError>
  readonly capabilities: Effect.Effect<ServerCapabilities, TinkerError>
  /** A fresh LoRA on a base model. */
  readonly createTrainingClient: (model: NewModel) => Effect.Effect<TrainingClient, TinkerError>
  /** A new LoRA that starts from a checkpoint of kind `weights`; base model and shape are the checkpoint's. */
  readonly resumeTraining: (path: string, options?: ResumeOptions) => Effect.Effect<TrainingClient, TinkerError>
  /** A sampler of a base model, or of a checkpoint of kind `sampler_weights`. */
  readonly createSamplingClient: (
    source: { readonly baseModel: string } | { readonly path: string }
  ) => Effect.Effect<SamplingClient, TinkerError>
  readonly checkpoints: Checkpoints
}

const OPENING = "Opening a Tinker client"

const isRank = (rank: number, hosted: boolean): boolean =>
  Number.isInteger(rank) && rank > 0 && (!hosted || (rank & (rank - 1)) === 0)

/** The hosted service takes powers of two only. */
const loraConfig = (lora: LoraOptions | undefined, hosted: boolean): Effect.Effect<LoraConfig, TinkerInputError> => {
  const rank = lora?.rank ?? 32
  return isRank(rank, hosted)
    ? Effect.succeed(LoraConfig.make({
      rank,
      ...(lora?.seed === undefined ? {} : { seed: lora.seed }),
      train_unembed: lora?.trainUnembed ?? true,
      train_mlp: lora?.trainMlp ?? true,
      train_attn: lora?.trainAttn ?? true
    }))
    : Effect.fail(
      new TinkerInputError({ operation: "create_model", detail: `A LoRA rank is a whole power of two, not ${rank}.` })
    )
}

/** A session with the service: opened here, kept alive, and finished when the scope closes. */
export const make = (
  options: TinkerOptions
): Effect.Effect<TinkerClientShape, TinkerError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const client = yield* HttpClient.HttpClient
    const settings = yield* readSettings(options)
    const credential = makeCredential(settings.apiKey)
    const http = makeHttp(client, settings, credential.current)
    let flags = ClientConfig.make({})
    const transport = makeTransport(http, settings, () => flags)
    const hub = yield* makeProgressHub(options.onProgress)

    flags = yield* fetchClientConfig(makeCore(transport, hub))
    if (flags.pjwt_auth_enabled) {
      yield* credential.useTokens(
        Effect.flatMap(
          transport.request({
            operation: OPENING,
            method: "POST",
            path: Endpoints.authToken,
            json: "{}",
            credential: settings.apiKey
          }),
          (reply) => Effect.map(readJson(AuthToken, OPENING)(reply), ({ jwt }) => Redacted.make(jwt))
        )
      )
    }
    const base: Core = makeCore(transport, hub)
    const session = yield* openSession(base)
    const core: SessionCore = { ...base, session }
    const dynamic = yield* watchDynamicConfig(core)
    const sampling = {
      core,
      dynamic,
      pressure: makeBackPressure({
        bytes: flags.sample_dispatch_bytes_semaphore_size,
        concurrent: flags.sample_max_concurrent_requests
      }),
      background: (effect: Effect.Effect<void>) => Effect.asVoid(Effect.forkIn(effect, scope)),
      lastFinished: { at: 0 }
    }
    const parts = { sampling, dispatch: makeDispatch(flags.fwdbwd_dispatch_bytes_semaphore_size) }
    const inScope = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Effect.Effect<A, E> =>
      Scope.provide(effect, scope)

    const createModel = Effect.fnUntraced(function*(model: NewModel) {
      const operation = "create_model"
      const observe = observer(core, model)
      const lora_config = yield* loraConfig(model.lora, settings.baseUrl === DEFAULT_BASE_URL)
      const json = yield* encodeBody(
        CreateModelRequest,
        operation,
        CreateModelRequest.make({
          session_id: session.id,
          model_seq_id: session.nextModel(),
          base_model: model.baseModel,
          ...(model.userMetadata === undefined ? {} : { user_metadata: model.userMetadata }),
          lora_config
        })
      )
      const accepted = yield* session.whileAlive(
        submit(core, { operation, path: Endpoints.createModel, json }, { observe })
      )
      const { model_id } = yield* redeem(
        core,
        { operation, type: "CreateModel", json: CreateModelResult },
        accepted,
        model.deadline ?? settings.deadline,
        observe
      )
      return model_id
    })

    const createTrainingClient: TinkerClientShape["createTrainingClient"] = (model) =>
      Effect.flatMap(createModel(model), (id) => inScope(makeTrainingClient(parts, id, undefined, model)))

    const checkpoints = makeCheckpoints(core, client)

    /** Where one request makes the model and loads it. */
    const loadIntoSession = Effect.fnUntraced(function*(path: string, optimizer: boolean, wait: ResumeOptions) {
      const operation = "load_weights"
      const observe = observer(core, wait)
      const json = yield* encodeBody(
        LoadWeightsIntoSessionRequest,
        operation,
        LoadWeightsIntoSessionRequest.make({
          session_id: session.id,
          model_seq_id: session.nextModel(),
          path,
          optimizer
        })
      )
      const accepted = yield* session.whileAlive(
        submit(core, { operation, path: Endpoints.loadWeights, json }, { observe })
      )
      const result = yield* redeem(
        core,
        { operation, type: "LoadWeights", json: LoadWeightsResult },
        accepted,
        wait.deadline ?? settings.deadline,
        observe
      )
      return result.model_id ?? accepted.modelId
    })

    const resumeTraining: TinkerClientShape["resumeTraining"] = Effect.fnUntraced(function*(path, wait = {}) {
      const optimizer = wait.optimizer ?? true
      if (flags.create_model_via_load_weights) {
        const id = yield* loadIntoSession(path, optimizer, wait)
        if (id !== undefined) return yield* inScope(makeTrainingClient(parts, id, undefined, wait))
      }
      const info = yield* checkpoints.weightsInfo(path)
      const model: NewModel = {
        baseModel: info.base_model,
        userMetadata: wait.userMetadata,
        deadline: wait.deadline,
        onProgress: wait.onProgress,
        lora: {
          ...(info.lora_rank ? { rank: info.lora_rank } : {}),
          ...(typeof info.train_unembed === "boolean" ? { trainUnembed: info.train_unembed } : {}),
          ...(typeof info.train_mlp === "boolean" ? { trainMlp: info.train_mlp } : {}),
          ...(typeof info.train_attn === "boolean" ? { trainAttn: info.train_attn } : {})
        }
      }
      const id = yield* createModel(model)
      return yield* inScope(makeTrainingClient(parts, id, { path, optimizer }, wait))
    })

    const createSamplingClient: TinkerClientShape["createSamplingClient"] = (source) =>
      Effect.map(
        session.whileAlive(direct(core, {
          operation: "create_sampling_session",
          path: Endpoints.createSamplingSession,
          request: CreateSamplingSessionRequest,
          value: CreateSamplingSessionRequest.make({
            session_id: session.id,
            sampling_session_seq_id: session.nextSampler(),
            ...("path" in source ? { model_path: source.path } : { base_model: source.baseModel })
          }),
          reply: CreateSamplingSessionReply
        })),
        ({ sampling_session_id }) => makeSamplingClient(sampling, sampling_session_id)
      )

    return {
      sessionId: session.id,
      progress: hub.stream,
      health: Effect.asVoid(get(core, "health", Endpoints.health, Health)),
      capabilities: get(core, "get_server_capabilities", Endpoints.capabilities, ServerCapabilities),
      createTrainingClient,
      resumeTraining,
      createSamplingClient,
      checkpoints
    }
  })

/** A client of the service, as a service of Effect. */
export class TinkerClient extends Context.Service<TinkerClient, TinkerClientShape>()("tinker-sdk/TinkerClient") {
  static readonly make = make

  /** Opens a session with these options. */
  static readonly layer = (options: TinkerOptions): Layer.Layer<TinkerClient, TinkerError, HttpClient.HttpClient> =>
    Layer.effect(TinkerClient, make(options))

  /** The same, with options from the environment: see `optionsConfig`. */
  static readonly layerConfig: Layer.Layer<TinkerClient, TinkerError | Config.ConfigError, HttpClient.HttpClient> =
    Layer.effect(TinkerClient, Effect.flatMap(optionsConfig, make))
}
