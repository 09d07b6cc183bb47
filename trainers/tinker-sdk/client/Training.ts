/** One LoRA in training: its requests. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type TinkerError, TinkerProtocolError } from "../TinkerError.ts"
import {
  AdamParams,
  Endpoints,
  GetInfoReply,
  GetInfoRequest,
  LoadWeightsRequest,
  LoadWeightsResult,
  OptimStepRequest,
  OptimStepResult,
  SaveWeightsForSamplerRequest,
  SaveWeightsForSamplerResult,
  SaveWeightsRequest,
  SaveWeightsResult,
  UnloadModelRequest,
  UnloadModelResult
} from "../wire/index.ts"
import { direct, encodeBody, observer, type WaitOptions } from "./Core.ts"
import { logprobsOf, withGradients, withWeights } from "./CustomLoss.ts"
import { type Batch, type Dispatch, submitBatch } from "./ForwardBackward.ts"
import { mapPending } from "./Pending.ts"
import { later, makeQueue, mapQueued, now } from "./Queued.ts"
import { checkName, samplerPath, savedDespite } from "./Saving.ts"
import { makeSamplingClient, type SamplingParts } from "./Sampler.ts"
import { redeem, type SessionCore, submit } from "./Submission.ts"
import type {
  BatchOptions,
  OptimizerParams,
  SavedWeights,
  SaveOptions,
  SaveStateOptions,
  StepMetrics,
  TrainingClient
} from "./TrainingClient.ts"
import { makeTurns } from "./Turns.ts"

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

/** Frees a model. */
export const unloadModel = Effect.fnUntraced(
  function*(core: SessionCore, modelId: string, wait: WaitOptions | undefined): Effect.fn.Return<void, TinkerError> {
    const operation = "unload_model"
    const observe = observer(core, wait)
    const json = yield* encodeBody(UnloadModelRequest, operation, UnloadModelRequest.make({ model_id: modelId }))
    const accepted = yield* core.session.whileAlive(
      submit(core, { operation, path: Endpoints.unloadModel, json }, { observe })
    )
    core.session.letsGo(modelId)
    yield* redeem(
      core,
      { operation, type: "UnloadModel", json: UnloadModelResult },
      accepted,
      wait?.deadline ?? core.transport.settings.deadline,
      observe
    )
  }
)

/** Its requests are sent while the scope is open. */
export const makeTrainingClient = (
  { dispatch, sampling }: TrainingParts,
  modelId: string,
  load: { readonly path: string; readonly optimizer: boolean } | undefined,
  options: WaitOptions | undefined
): Effect.Effect<TrainingClient, TinkerError, Scope.Scope> =>
  Effect.gen(function*() {
    const { core } = sampling
    const turns = yield* makeTurns(modelId, core.transport.settings.submission === "overlapped")
    const saved = new Set<string>()
    const queue = makeQueue(core, turns)

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
      mapQueued(
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
        return {
          ...queued,
          pending: yield* savedDespite(
            core,
            { modelId, kind: "weights", name, lostReply: queued.lostReply },
            saved,
            pending
          )
        }
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
          pending: yield* savedDespite(
            core,
            { modelId, kind: "sampler_weights", name, lostReply: queued.lostReply },
            saved,
            pending
          )
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
      unload: (wait) => unloadModel(core, modelId, wait),
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
