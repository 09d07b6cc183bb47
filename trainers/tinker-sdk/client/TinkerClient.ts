import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { type TinkerError, TinkerNoService, type TinkerProtocolError, type TinkerStatusError } from "../TinkerError.ts"
import { makeCredential } from "../transport/Credential.ts"
import { makeHttp } from "../transport/Http.ts"
import { makeProgressHub, type TinkerProgress } from "../transport/Progress.ts"
import { makeTransport, readJson } from "../transport/Transport.ts"
import {
  AuthToken,
  ClientConfig,
  CreateSamplingSessionReply,
  CreateSamplingSessionRequest,
  Endpoints,
  Health,
  isNewer,
  ServerCapabilities
} from "../wire/index.ts"
import { makeBackPressure } from "./BackPressure.ts"
import { type Checkpoints, makeCheckpoints } from "./Checkpoints.ts"
import { direct, get, makeCore } from "./Core.ts"
import { fetchClientConfig, watchDynamicConfig } from "./Flags.ts"
import { makeDispatch } from "./ForwardBackward.ts"
import { makeModels, type NewModel, type ResumeOptions } from "./Models.ts"
import { optionsConfig, settings as readSettings, type TinkerOptions } from "./Options.ts"
import { makeSamplingClient } from "./Sampler.ts"
import type { SamplingClient } from "./SamplingClient.ts"
import type { Session } from "./Session.ts"
import { openSessions } from "./Sessions.ts"
import type { TrainingParts } from "./Training.ts"
import type { TrainingClient } from "./TrainingClient.ts"

export interface TinkerClientShape {
  /** Of the newest session: one that the service ended or forgot is followed by another when something new is made. */
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

/** The words of a refusal that has to do with the client's version. */
const isTooOld = (error: TinkerError): boolean =>
  error._tag === "TinkerStatusError" && (error.status === 400 || error.status === 426)
  && /\b(sdk|client|version|upgrade|too old)\b/i.test(error.detail)

/** Every service opens sessions. */
const isNoAnswerOfAService = (error: TinkerError): error is TinkerStatusError | TinkerProtocolError =>
  error._tag === "TinkerProtocolError"
  || (error._tag === "TinkerStatusError" && [404, 405, 501].includes(error.status))

/** A session with the service: opened here, kept alive, and finished when the scope closes. */
export const make = (
  options: TinkerOptions
): Effect.Effect<TinkerClientShape, TinkerError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const client = yield* HttpClient.HttpClient
    const settings = yield* readSettings(options)
    const credential = makeCredential(settings.apiKey)
    const hub = yield* makeProgressHub(options.onProgress)
    const http = makeHttp(client, settings, credential.current, hub.publish)
    let flags = ClientConfig.make({})
    const [first, ...others] = settings.protocolVersions
    let version = first
    const transport = makeTransport(http, settings, () => flags, () => version)

    /** What is refused to a client that is too old is asked for as a newer one, if it is known how those speak. */
    const agreed = <A, R>(ask: Effect.Effect<A, TinkerError, R>): Effect.Effect<A, TinkerError, R> =>
      Effect.catchIf(ask, (error) => others.length > 0 && isTooOld(error), () => {
        version = others.shift() ?? version
        return agreed(ask)
      })

    const opening = <A, R>(ask: Effect.Effect<A, TinkerError, R>): Effect.Effect<A, TinkerError, R> =>
      Effect.catchIf(agreed(ask), isNoAnswerOfAService, ({ detail }) =>
        new TinkerNoService({ baseUrl: settings.baseUrl, detail }))

    flags = yield* opening(Effect.suspend(() =>
      fetchClientConfig(makeCore(transport, hub))
    ))
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
    const core = makeCore(transport, hub)
    const sessions = yield* opening(openSessions(core))
    const dynamic = yield* watchDynamicConfig(core)
    const shared = {
      dynamic,
      pressure: makeBackPressure({
        bytes: flags.sample_dispatch_bytes_semaphore_size,
        concurrent: flags.sample_max_concurrent_requests
      }),
      background: (effect: Effect.Effect<void>) => Effect.asVoid(Effect.forkIn(effect, scope)),
      lastFinished: { at: 0 }
    }
    const dispatch = makeDispatch(flags.fwdbwd_dispatch_bytes_semaphore_size)
    const partsIn = (session: Session): TrainingParts => ({
      sampling: { ...shared, core: { ...core, session } },
      dispatch
    })
    const checkpoints = makeCheckpoints(core, client)
    const models = makeModels(checkpoints, scope, flags.create_model_via_load_weights || isNewer(transport.version()))

    const createSamplingClient: TinkerClientShape["createSamplingClient"] = (source) =>
      sessions.within((session) =>
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
          ({ sampling_session_id }) => makeSamplingClient(partsIn(session).sampling, sampling_session_id)
        )
      )

    return {
      get sessionId() {
        return sessions.id()
      },
      progress: hub.stream,
      health: Effect.asVoid(get(core, "health", Endpoints.health, Health)),
      capabilities: get(core, "get_server_capabilities", Endpoints.capabilities, ServerCapabilities),
      createTrainingClient: (model) => sessions.within((session) => models.create(partsIn(session), model)),
      resumeTraining: (path, wait = {}) => sessions.within((session) => models.resume(partsIn(session), path, wait)),
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
