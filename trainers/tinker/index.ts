import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BackendError, LoraBackend, type OptimizerOptions } from "../../core/LoraBackend.ts"
import type { Weights } from "../../core/Weights.ts"
import type { LossItem } from "../../core/Loss.ts"
import { entropy } from "../math/LogSoftmax.ts"
import type { StepMetrics, TrainingOutput } from "../tinker-sdk/index.ts"
import { writeAdapter } from "./Archive.ts"
import { asBackendError, unsupported } from "./Failure.ts"
import { batchesOf } from "./loss/Batches.ts"
import { learnedItems, type LossParts } from "./Losses.ts"
import { makeNotices } from "./Notices.ts"
import type { TinkerBackendOptions } from "./Options.ts"
import { probeSoftTargets, probeTopK } from "./Probe.ts"
import { checkLength, sampleTurn } from "./Sampling.ts"
import { makeScoring } from "./Scoring.ts"
import { makeAdapter } from "./state/Adapter.ts"
import { decodeSnapshot, encodeSnapshot } from "./state/Snapshot.ts"
import { baseVoice, type Voice } from "./state/Voices.ts"
import { makeWatch } from "./Watch.ts"

export type { Prices, TinkerBackendOptions, TinkerLora } from "./Options.ts"
export { longestChain } from "./Watch.ts"

/** The service's own; a LoRA is asked for without it. */
const ALPHA = 32
const DAY = 86_400

const noTraining = unsupported(
  "This session only samples (enable_training=false). Start with enable_training=true to train."
)
const noShadows = unsupported(
  "A Tinker service cannot average weights, so it keeps no moving teacher. Set teacher=base."
)
const noImport = unsupported(
  "A Tinker service takes no adapters from outside. Learn the lessons here, or import the adapter into the pocket or GPU trainer."
)

const optimizerParams = (options: OptimizerOptions) => ({
  learningRate: options.learningRate,
  beta1: options.beta1,
  beta2: options.beta2,
  eps: options.epsilon,
  weightDecay: options.weightDecay,
  gradClipNorm: options.maxGradientNorm === Infinity ? 0 : options.maxGradientNorm
})

/** Of a row that holds the whole vocabulary. */
const rowEntropy = (row: ReadonlyArray<{ readonly logProb: number }>): number =>
  entropy(row.map(({ logProb }) => logProb))

/** The norm before clipping, where the service tells it: as `skyrl.ai/grad_norm`, `grad_norm:mean` or the like; else 0. */
const gradientNormOf = (metrics: StepMetrics): number =>
  Object.entries(metrics).find(([name]) => /(^|[./])grad(ient)?_norm(:|$)/.test(name))?.[1] ?? 0

const nonFinite = (what: string): BackendError =>
  new BackendError({
    reason: "NonFinite",
    message: `${what} not finite, so the weights stay as they were. Set a smaller learning_rate.`
  })

const checkOutputs = (outputs: ReadonlyArray<TrainingOutput>): Effect.Effect<void, BackendError> =>
  outputs.every(({ outputs: records }) =>
      records.every((record) => (record["logprobs"]?.data ?? []).every(Number.isFinite))
    )
    ? Effect.void
    : Effect.fail(nonFinite("The service's log-probabilities are"))

const make = Effect.fn("tinker.make")(function*(options: TinkerBackendOptions) {
  const { client, modelName, tokenizer, vocabularySize } = options
  const training = options.training ?? true
  const host = new URL(options.baseUrl).host
  const watch = makeWatch(host, options.prices)
  const rank = options.lora?.rank ?? 16
  const { trainAttention = true, trainMlp = true, trainUnembed = true } = options.lora ?? {}
  const create = (seed: number) =>
    client.createTrainingClient({
      baseModel: modelName,
      lora: { rank, seed, trainAttn: trainAttention, trainMlp, trainUnembed },
      userMetadata: { tool: "continualcode" }
    })
  const seed = options.seed ?? 0
  const prompt = [...tokenizer.encode("a b c"), ...tokenizer.stopIds].slice(0, 3)

  const opened = yield* Effect.all({
    capabilities: watch.timed("capabilities", client.capabilities),
    sampling: Effect.gen(function*() {
      const base = yield* baseVoice(client, modelName, watch)
      return { base, topK: yield* base.ask((sampler) => probeTopK(sampler, prompt, options.topK ?? 20, watch)) }
    }),
    first: training
      ? Effect.gen(function*() {
        const model = yield* watch.timed("create_model", create(seed))
        const { estimator = "auto" } = options
        return {
          model,
          soft: estimator === "auto" ? yield* probeSoftTargets(model, prompt, watch) : estimator === "soft"
        }
      })
      : Effect.undefined
  }, { concurrency: "unbounded" }).pipe(Effect.mapError(asBackendError))

  const supported = opened.capabilities.supported_models.find(({ model_name }) => model_name === modelName)
  const { base, topK: listed } = opened.sampling
  // Without rows to distil, several targets are of no use, and services that lack them may not take signed weights either.
  const soft = listed > 0 && opened.first?.soft === true
  const window = Math.min(supported?.max_context_length ?? Infinity, options.contextLength ?? Infinity)
  // A score is a sample of one token, for which there must be room.
  const contextLength = (Number.isFinite(window) ? window : 32_768) - 1
  const fullDistribution = soft && listed >= vocabularySize
  const distillTopK = soft ? listed : 0

  const scoring = yield* makeScoring(listed, watch)
  const notices = yield* makeNotices(host, client.progress)
  const adapter = yield* makeAdapter({
    client,
    watch,
    create,
    base,
    seed,
    first: opened.first?.model,
    ttlSeconds: options.keepDays === Infinity ? undefined : Math.round((options.keepDays ?? 90) * DAY),
    keepEvery: options.keepEvery ?? 10,
    tell: notices.tell
  })
  const modelIdentity = `tinker:${modelName}@${host}`
  const targets = [
    ...(trainAttention ? ["attention"] : []),
    ...(trainMlp ? ["mlp"] : []),
    ...(trainUnembed ? ["unembed"] : [])
  ]
  const owner = { modelIdentity, shape: `rank ${rank} on ${targets.join(" ")}` }

  const voiceOf = (weights: Weights): Effect.Effect<Voice, BackendError> =>
    weights._tag === "Current" ? Effect.map(adapter.voice, ({ voice }) => voice) : Effect.succeed(base)
  const parts: LossParts = {
    scoring,
    voiceOf,
    vocabularySize,
    distillTopK,
    fullDistribution
  }
  const onlyTraining = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | BackendError> =>
    training ? effect : Effect.fail(noTraining)

  const checkItems = (items: ReadonlyArray<LossItem>) =>
    Effect.forEach(items, (item) => {
      const longest = Math.max(item.promptIds.length, item._tag === "Distill" ? item.teacher.promptIds.length : 0)
      return checkLength(longest + item.completionIds.length, contextLength)
    }, { discard: true })

  const forwardBackward = Effect.fn("tinker.forwardBackward")(function*(items: ReadonlyArray<LossItem>) {
    yield* checkItems(items)
    for (;;) {
      const { version } = yield* adapter.voice
      const { learned, report } = yield* learnedItems(items, parts)
      if (yield* adapter.gather(version, batchesOf(learned, soft ? "soft" : "sampled"))) return report
    }
  })

  return LoraBackend.of({
    info: {
      backend: "tinker",
      engine: host,
      modelName,
      modelIdentity,
      contextLength,
      vocabularySize,
      sendsTo: host,
      lora: { rank, alpha: ALPHA, targets },
      capabilities: {
        fullDistribution,
        topK: listed,
        shadows: false,
        streaming: false,
        training,
        ...(distillTopK === 0 || fullDistribution ? {} : { distillTopK }),
        overlaps: options.overlaps ?? true,
        norms: false,
        importsAdapters: false
      }
    },
    tokenizer,
    usage: watch.usage,
    notices: notices.stream,
    revision: adapter.revision,
    sample: (request) =>
      Stream.unwrap(
        voiceOf(request.weights).pipe(
          Effect.flatMap((voice) => sampleTurn({ tokenizer, contextLength, scoring, watch }, voice, request)),
          Effect.map((turn) => Stream.fromIterable(turn)),
          Effect.withSpan("tinker.sampleTurn")
        )
      ),
    score: Effect.fn("tinker.score")(function*({ completionIds, promptIds, topK = 0, weights }) {
      yield* checkLength(promptIds.length + completionIds.length, contextLength)
      const { logProbs, topK: rows = [] } = yield* scoring.score(yield* voiceOf(weights), promptIds, completionIds)
      return {
        logProbs,
        ...(rows.length > 0 && fullDistribution ? { entropies: rows.map(rowEntropy) } : {}),
        ...(rows.length > 0 && topK > 0 ? { topK: rows.map((row) => row.slice(0, topK)) } : {})
      }
    }),
    evaluate: Effect.fn("tinker.evaluate")(function*(items) {
      yield* checkItems(items)
      return (yield* learnedItems(items, parts)).report
    }),
    forwardBackward: (items) => onlyTraining(forwardBackward(items)),
    update: (optimizer) =>
      onlyTraining(
        Effect.gen(function*() {
          const params = optimizerParams(optimizer)
          if (!Object.values(params).every(Number.isFinite)) return yield* nonFinite("The optimiser's settings are")
          const { metrics, revision } = yield* adapter.update(params, checkOutputs)
          return { gradientNorm: gradientNormOf(metrics), updateNorm: 0, revision }
        }).pipe(Effect.withSpan("tinker.update"))
      ),
    discard: adapter.discard,
    blendShadow: () => Effect.fail(noShadows),
    snapshot: Effect.map(
      adapter.save,
      ({ origin, revision }) => encodeSnapshot({ format: "continualcode/tinker/1", ...owner, revision, origin })
    ).pipe(Effect.withSpan("tinker.snapshot")),
    restore: (bytes) =>
      Effect.gen(function*() {
        const content = yield* Effect.fromResult(decodeSnapshot(bytes, owner))
        yield* adapter.restore(content.origin, content.revision)
      }).pipe(Effect.withSpan("tinker.restore")),
    reset: (fresh) => adapter.restore({ _tag: "Fresh", seed: fresh }, 0).pipe(Effect.withSpan("tinker.reset")),
    exportPeft: Effect.fn("tinker.exportPeft")(function*(directory) {
      const path = yield* onlyTraining(adapter.saveForExport)
      const pieces = yield* Effect.mapError(
        watch.timed("download", Stream.runCollect(client.checkpoints.download(path))),
        asBackendError
      )
      yield* writeAdapter(Uint8Array.from(Buffer.concat(pieces)), directory)
    }),
    importPeft: () => Effect.fail(noImport)
  })
})

/**
 * The Tinker backend: a large model that a distant service samples and trains with LoRA. Nothing but token ids and numbers go
 * there. The divergences are over the likeliest tokens through soft targets where the service has them, else on the sampled
 * tokens by importance sampling. `client` decides where the service is and must live as long as the layer.
 */
export const tinker = (options: TinkerBackendOptions): Layer.Layer<LoraBackend, BackendError> =>
  Layer.effect(LoraBackend, make(options))
