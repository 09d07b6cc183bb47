/** One LoRA in training. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { type TinkerError, TinkerProtocolError } from "../TinkerError.ts"
import { tellAll } from "../transport/Progress.ts"
import type { RequestType } from "../transport/Results.ts"
import {
  AdamParams,
  type Datum,
  Endpoints,
  GetInfoReply,
  GetInfoRequest,
  LoadWeightsRequest,
  LoadWeightsResult,
  type LossFnConfig,
  OptimStepRequest,
  OptimStepResult,
  SaveWeightsForSamplerRequest,
  SaveWeightsForSamplerResult,
  SaveWeightsRequest,
  SaveWeightsResult,
  UnloadModelRequest,
  UnloadModelResult
} from "../wire/index.ts"
import { type Accepted, type AnyCodec, direct, encodeBody, observer, redeem, submit, type WaitOptions } from "./Core.ts"
import { logprobsOf, type LossAndGradient, withGradients, withWeights } from "./CustomLoss.ts"
import type { LossFn } from "./Data.ts"
import { type Batch, type Dispatch, submitBatch, type TrainingOutput } from "./ForwardBackward.ts"
import { makePending, mapPending, type Pending } from "./Pending.ts"
import { checkName, samplerPath, savedDespite } from "./Saving.ts"
import { makeSamplingClient, type SamplingClient, type SamplingParts } from "./SamplingClient.ts"
import { makeTurns } from "./Turns.ts"

/** AdamW's numbers, sent with each step. */
export interface OptimizerParams {
  readonly learningRate: number
  /** Default 0.9. */
  readonly beta1?: number | undefined
  /** Default 0.95. */
  readonly beta2?: number | undefined
  /** Default 1e-12. */
  readonly eps?: number | undefined
  /** Default 0. */
  readonly weightDecay?: number | undefined
  /** Default 0: no clipping. */
  readonly gradClipNorm?: number | undefined
}

export interface BatchOptions extends WaitOptions {
  /** Settings of the loss. */
  readonly config?: LossFnConfig | undefined
}

export interface SaveOptions extends WaitOptions {
  /** The service deletes it after this many seconds; never, where left out. */
  readonly ttlSeconds?: number | undefined
}

export interface SaveStateOptions extends SaveOptions {
  /** Replaces a checkpoint of the same name. */
  readonly overwrite?: boolean | undefined
}

/** `tinker://…`. */
export interface SavedWeights {
  readonly path: string
}

/** The metrics of an optimizer step; often none. */
export type StepMetrics = Readonly<Record<string, number>>

/** Operations that are sent in the order of these calls, and waited for when it suits. */
export interface TrainingSubmissions {
  readonly forward: (
    data: ReadonlyArray<Datum>,
    loss: LossFn,
    options?: BatchOptions
  ) => Effect.Effect<Pending<TrainingOutput>, TinkerError>
  readonly forwardBackward: (
    data: ReadonlyArray<Datum>,
    loss: LossFn,
    options?: BatchOptions
  ) => Effect.Effect<Pending<TrainingOutput>, TinkerError>
  readonly optimStep: (
    params: OptimizerParams,
    options?: WaitOptions
  ) => Effect.Effect<Pending<StepMetrics>, TinkerError>
  readonly saveState: (name: string, options?: SaveStateOptions) => Effect.Effect<Pending<SavedWeights>, TinkerError>
  readonly saveForSampler: (name: string, options?: SaveOptions) => Effect.Effect<Pending<SavedWeights>, TinkerError>
  readonly sampler: (options?: SaveOptions) => Effect.Effect<Pending<SamplingClient>, TinkerError>
}

export interface TrainingClient {
  readonly modelId: string
  readonly info: Effect.Effect<GetInfoReply, TinkerError>
  /** Log-probabilities and losses, no gradients. */
  readonly forward: (
    data: ReadonlyArray<Datum>,
    loss: LossFn,
    options?: BatchOptions
  ) => Effect.Effect<TrainingOutput, TinkerError>
  /** Adds the gradient of the loss, a sum over tokens and datums, to what has gathered since the last step. */
  readonly forwardBackward: (
    data: ReadonlyArray<Datum>,
    loss: LossFn,
    options?: BatchOptions
  ) => Effect.Effect<TrainingOutput, TinkerError>
  /** The same for a loss of one's own: two passes, see `LossAndGradient`. Its metrics join those of the second pass. */
  readonly forwardBackwardCustom: <E, R>(
    data: ReadonlyArray<Datum>,
    lossAndGradient: LossAndGradient<E, R>,
    options?: WaitOptions
  ) => Effect.Effect<TrainingOutput, TinkerError | E, R>
  /** A step of AdamW along the gathered gradient, which is then zero again. */
  readonly optimStep: (params: OptimizerParams, options?: WaitOptions) => Effect.Effect<StepMetrics, TinkerError>
  /** Weights and optimizer state, to go on training from. */
  readonly saveState: (name: string, options?: SaveStateOptions) => Effect.Effect<SavedWeights, TinkerError>
  /** Weights to sample from, kept under a name. */
  readonly saveForSampler: (name: string, options?: SaveOptions) => Effect.Effect<SavedWeights, TinkerError>
  /** The weights as they are now, to sample from at once; not kept. */
  readonly sampler: (options?: SaveOptions) => Effect.Effect<SamplingClient, TinkerError>
  /** Frees the model. Later operations fail. */
  readonly unload: (options?: WaitOptions) => Effect.Effect<void, TinkerError>
  readonly submit: TrainingSubmissions
}

export interface TrainingParts {
  readonly sampling: SamplingParts
  readonly dispatch: Dispatch
}

const adam = (params: OptimizerParams) =>
  AdamParams.make({
    learning_rate: params.learningRate,
    ...(params.beta1 === undefined ? {} : { beta1: params.beta1 }),
    ...(params.beta2 === undefined ? {} : { beta2: params.beta2 }),
    ...(params.eps === undefined ? {} : { eps: params.eps }),
    ...(params.weightDecay === undefined ? {} : { weight_decay: params.weightDecay }),
    ...(params.gradClipNorm === undefined ? {} : { grad_clip_norm: params.gradClipNorm })
  })

interface Operation<S extends AnyCodec, A> {
  readonly operation: string
  readonly type: RequestType
  readonly path: string
  readonly request: S
  readonly value: (seqId: number) => S["Type"]
  readonly result: Schema.ConstraintCodec<A, unknown, never, never>
  /** Saving must not be repeated blindly by the HTTP layer. */
  readonly httpRetries?: number
}

interface Queued<A> {
  readonly pending: Pending<A>
  /** Whether an answer to the submission got lost on the way. */
  readonly lostReply: () => boolean
  readonly withdraw: Effect.Effect<void>
}

/** Of operations that are called and waited for at once: interrupted before it is sent, it is not sent. */
const now = <A>(queued: Effect.Effect<Omit<Queued<A>, "lostReply">, TinkerError>): Effect.Effect<A, TinkerError> =>
  Effect.flatMap(queued, ({ pending, withdraw }) => Effect.onInterrupt(pending.result, () => withdraw))

const later = <A>(
  queued: Effect.Effect<Omit<Queued<A>, "lostReply">, TinkerError>
): Effect.Effect<Pending<A>, TinkerError> => Effect.map(queued, ({ pending }) => pending)

const map = <A, B>(queued: Effect.Effect<Queued<A>, TinkerError>, f: (value: A) => B) =>
  Effect.map(queued, (found): Queued<B> => ({ ...found, pending: mapPending(found.pending, f) }))

/** Its requests are sent while the scope is open. */
export const makeTrainingClient = (
  { dispatch, sampling }: TrainingParts,
  modelId: string,
  load: { readonly path: string; readonly optimizer: boolean } | undefined,
  options: WaitOptions | undefined
): Effect.Effect<TrainingClient, TinkerError, Scope.Scope> =>
  Effect.gen(function*() {
    const { core } = sampling
    const { settings } = core.transport
    const turns = yield* makeTurns(modelId, settings.submission === "overlapped")
    const deadlineOf = (wait: WaitOptions | undefined): Duration.Input => wait?.deadline ?? settings.deadline

    const queue = <S extends AnyCodec, A>(
      operation: Operation<S, A>,
      wait: WaitOptions | undefined
    ): Effect.Effect<Queued<A>, TinkerError> =>
      Effect.gen(function*() {
        let lost = false
        const observe = tellAll(observer(core, wait), (progress) =>
          Effect.sync(() => {
            if (progress._tag === "Retrying") lost = true
          }))
        const name = operation.operation
        // What cannot be written must not cost a number.
        yield* encodeBody(operation.request, name, operation.value(1))
        const ticket = yield* turns.enqueue<Accepted>({
          operation: name,
          numbers: 1,
          send: Effect.fnUntraced(function*(seqId, leaving) {
            const json = yield* encodeBody(operation.request, name, operation.value(seqId))
            return yield* core.session.whileAlive(
              submit(core, { operation: name, path: operation.path, json, leaving }, {
                observe,
                httpRetries: operation.httpRetries
              })
            )
          })
        })
        return {
          pending: makePending({
            operation: name,
            accepted: ticket.accepted,
            deadline: deadlineOf(wait),
            redeem: (accepted, left) =>
              redeem(
                core,
                { operation: name, type: operation.type, json: operation.result },
                accepted,
                left,
                observe
              )
          }),
          withdraw: ticket.withdraw,
          lostReply: () => lost
        }
      })

    const batch = (
      what: Omit<Batch, "config">,
      batchOptions: BatchOptions | undefined
    ) =>
      submitBatch(
        { core, modelId, turns, dispatch },
        { ...what, config: batchOptions?.config },
        batchOptions,
        observer(core, batchOptions)
      )

    const optimStep = (params: OptimizerParams, wait: WaitOptions | undefined) =>
      map(
        queue({
          operation: "optim_step",
          type: "OptimStep",
          path: Endpoints.optimStep,
          request: OptimStepRequest,
          value: (seqId) => OptimStepRequest.make({ adam_params: adam(params), model_id: modelId, seq_id: seqId }),
          result: OptimStepResult
        }, wait),
        ({ metrics }): StepMetrics => metrics ?? {}
      )

    const saveState = (name: string, save: SaveStateOptions | undefined) =>
      Effect.gen(function*() {
        yield* checkName("save_weights", name)
        const queued = yield* queue({
          operation: "save_weights",
          type: "SaveWeights",
          path: Endpoints.saveWeights,
          request: SaveWeightsRequest,
          value: (seqId) =>
            SaveWeightsRequest.make({
              model_id: modelId,
              path: name,
              seq_id: seqId,
              ...(save?.ttlSeconds === undefined ? {} : { ttl_seconds: save.ttlSeconds }),
              overwrite: save?.overwrite ?? false
            }),
          result: SaveWeightsResult,
          httpRetries: 0
        }, save)
        const pending = mapPending(queued.pending, ({ path }): SavedWeights => ({ path }))
        return { ...queued, pending: yield* savedDespite(core, modelId, "weights", name, queued.lostReply, pending) }
      })

    /** Saves weights to sample with, under a name or for the session's sampler of that number. */
    const queueForSampler = (
      target: { readonly path: string } | { readonly sampling_session_seq_id: number },
      save: SaveOptions | undefined
    ) =>
      queue({
        operation: "save_weights_for_sampler",
        type: "SaveWeightsForSampler",
        path: Endpoints.saveWeightsForSampler,
        request: SaveWeightsForSamplerRequest,
        value: (seqId) =>
          SaveWeightsForSamplerRequest.make({
            model_id: modelId,
            ...target,
            seq_id: seqId,
            ...(save?.ttlSeconds === undefined ? {} : { ttl_seconds: save.ttlSeconds })
          }),
        result: SaveWeightsForSamplerResult,
        httpRetries: 0
      }, save)

    const saveForSampler = (name: string, save: SaveOptions | undefined) =>
      Effect.gen(function*() {
        yield* checkName("save_weights_for_sampler", name)
        const queued = yield* queueForSampler({ path: name }, save)
        const pending = mapPending(queued.pending, ({ path }): SavedWeights => ({
          path: samplerPath(modelId, name, path)
        }))
        return {
          ...queued,
          pending: yield* savedDespite(core, modelId, "sampler_weights", name, queued.lostReply, pending)
        }
      })

    const sampler = (save: SaveOptions | undefined) =>
      Effect.gen(function*() {
        const number = core.session.nextSampler()
        const queued = yield* queueForSampler({ sampling_session_seq_id: number }, save)
        const result = Effect.flatMap(queued.pending.result, (saved) =>
          saved.sampling_session_id
            ? Effect.succeed(makeSamplingClient(sampling, saved.sampling_session_id))
            : Effect.fail(
              new TinkerProtocolError({
                operation: "save_weights_for_sampler",
                detail: "The reply names no sampler, although an ephemeral one was asked for."
              })
            ))
        return { ...queued, pending: { ...queued.pending, result } }
      })

    const forwardBackwardCustom: TrainingClient["forwardBackwardCustom"] = (data, lossAndGradient, wait) =>
      Effect.gen(function*() {
        const weighted = yield* withWeights(data)
        const first = yield* now(batch({ data: weighted, loss: "cross_entropy", forwardOnly: true }, wait))
        const logprobs = yield* logprobsOf(first.outputs, weighted)
        const custom = yield* lossAndGradient(logprobs, weighted)
        const graded = yield* withGradients(weighted, logprobs, custom.gradients)
        const second = yield* now(batch({ data: graded, loss: "cross_entropy", forwardOnly: false }, wait))
        return { outputs: second.outputs, metrics: { ...second.metrics, ...custom.metrics } }
      })

    const unload = (wait: WaitOptions | undefined) =>
      Effect.gen(function*() {
        const observe = observer(core, wait)
        const json = yield* encodeBody(
          UnloadModelRequest,
          "unload_model",
          UnloadModelRequest.make({ model_id: modelId })
        )
        const accepted = yield* core.session.whileAlive(
          submit(core, { operation: "unload_model", path: Endpoints.unloadModel, json }, { observe })
        )
        yield* redeem(
          core,
          { operation: "unload_model", type: "UnloadModel", json: UnloadModelResult },
          accepted,
          deadlineOf(wait),
          observe
        )
      })

    if (load !== undefined) {
      // Only allowed as the first request of a model.
      yield* now(queue({
        operation: "load_weights",
        type: "LoadWeights",
        path: Endpoints.loadWeights,
        request: LoadWeightsRequest,
        value: (seqId) =>
          LoadWeightsRequest.make({ model_id: modelId, seq_id: seqId, path: load.path, optimizer: load.optimizer }),
        result: LoadWeightsResult
      }, options))
    }

    return {
      modelId,
      info: direct(core, {
        operation: "get_info",
        path: Endpoints.getInfo,
        request: GetInfoRequest,
        value: GetInfoRequest.make({ model_id: modelId }),
        reply: GetInfoReply
      }),
      forward: (data, loss, wait) => now(batch({ data, loss, forwardOnly: true }, wait)),
      forwardBackward: (data, loss, wait) => now(batch({ data, loss, forwardOnly: false }, wait)),
      forwardBackwardCustom,
      optimStep: (params, wait) => now(optimStep(params, wait)),
      saveState: (name, save) => now(saveState(name, save)),
      saveForSampler: (name, save) => now(saveForSampler(name, save)),
      sampler: (save) => now(sampler(save)),
      unload,
      submit: {
        forward: (data, loss, wait) => later(batch({ data, loss, forwardOnly: true }, wait)),
        forwardBackward: (data, loss, wait) => later(batch({ data, loss, forwardOnly: false }, wait)),
        optimStep: (params, wait) => later(optimStep(params, wait)),
        saveState: (name, save) => later(saveState(name, save)),
        saveForSampler: (name, save) => later(saveForSampler(name, save)),
        sampler: (save) => later(sampler(save))
      }
    }
  })
