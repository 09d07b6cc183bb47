/** Making models: fresh ones, and such as go on from a checkpoint. */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { type TinkerError, TinkerInputError, TinkerProtocolError } from "../TinkerError.ts"
import {
  CreateModelRequest,
  CreateModelResult,
  DEFAULT_BASE_URL,
  Endpoints,
  LoadWeightsIntoSessionRequest,
  LoadWeightsResult,
  LoraConfig,
  type UserMetadata
} from "../wire/index.ts"
import type { Checkpoints } from "./Checkpoints.ts"
import { encodeBody, observer, type WaitOptions } from "./Core.ts"
import type { Session } from "./Session.ts"
import { redeem, submit } from "./Submission.ts"
import { makeTrainingClient, type TrainingParts, unloadModel } from "./Training.ts"
import type { TrainingClient } from "./TrainingClient.ts"

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

export interface Models {
  readonly create: (parts: TrainingParts, model: NewModel) => Effect.Effect<TrainingClient, TinkerError>
  readonly resume: (
    parts: TrainingParts,
    path: string,
    options: ResumeOptions
  ) => Effect.Effect<TrainingClient, TinkerError>
}

/** Undefined where the server made no model that it names. */
type Way = Effect.Effect<TrainingClient | undefined, TinkerError>

/** A model that could not be loaded is not needed; whoever waits is not held up for long. */
const FREED_WITHIN = "5 seconds"

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

/** The request has a form that the server does not take. */
const isUnknownForm = (error: TinkerError): boolean =>
  error._tag === "TinkerStatusError"
  && (error.status === 422 || (error.status === 400 && /session_id|model_seq_id|model_id/.test(error.detail)))

/** Models live as long as the scope. `loadsIntoSession`: whether the service wants models to be made by loading. */
export const makeModels = (
  checkpoints: Checkpoints,
  scope: Scope.Scope,
  loadsIntoSession: boolean
): Models => {
  const inScope = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Effect.Effect<A, E> => Scope.provide(effect, scope)
  /** Loading names either the model, made before, or the session, which makes the model. Servers take one or the other. */
  let intoSession = loadsIntoSession

  const held = (session: Session, id: string): string => {
    session.holds(id)
    return id
  }

  const createModel = Effect.fnUntraced(function*({ sampling: { core } }: TrainingParts, model: NewModel) {
    const operation = "create_model"
    const { session, transport: { settings } } = core
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
    return held(session, model_id)
  })

  /** One request makes the model and loads it. */
  const loadIntoSession = Effect.fnUntraced(
    function*({ sampling: { core } }: TrainingParts, path: string, optimizer: boolean, wait: ResumeOptions) {
      const operation = "load_weights"
      const { session, transport: { settings } } = core
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
      const id = result.model_id ?? accepted.modelId
      return id === undefined ? undefined : held(session, id)
    }
  )

  const byLoading = Effect.fnUntraced(
    function*(parts: TrainingParts, path: string, optimizer: boolean, wait: ResumeOptions) {
      const id = yield* loadIntoSession(parts, path, optimizer, wait)
      return id === undefined ? undefined : yield* inScope(makeTrainingClient(parts, id, undefined, wait))
    }
  )

  const inTwoSteps = Effect.fnUntraced(
    function*(parts: TrainingParts, path: string, optimizer: boolean, wait: ResumeOptions) {
      const info = yield* checkpoints.weightsInfo(path)
      const id = yield* createModel(parts, {
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
      })
      return yield* inScope(makeTrainingClient(parts, id, { path, optimizer }, wait)).pipe(
        Effect.tapError(() => Effect.ignore(unloadModel(parts.sampling.core, id, { deadline: FREED_WITHIN })))
      )
    }
  )

  return {
    create: (parts, model) =>
      Effect.flatMap(createModel(parts, model), (id) => inScope(makeTrainingClient(parts, id, undefined, model))),
    resume: Effect.fnUntraced(function*(parts, path, wait) {
      const optimizer = wait.optimizer ?? true
      const loaded: Way = byLoading(parts, path, optimizer, wait)
      const made: Way = inTwoSteps(parts, path, optimizer, wait)
      const [first, second] = intoSession ? [loaded, made] : [made, loaded]
      const tried = yield* Effect.catchIf(first, isUnknownForm, () => Effect.undefined)
      if (tried !== undefined) return tried
      const other = yield* second
      if (other === undefined) {
        return yield* new TinkerProtocolError({ operation: "load_weights", detail: "The reply names no model." })
      }
      intoSession = !intoSession
      return other
    })
  }
}
