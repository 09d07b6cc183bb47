import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { LoraBackend, type ServiceWait } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import { Trainer } from "../../core/Trainer.ts"
import { makeLesson } from "../../test/helpers/MakeLesson.ts"
import { tinkerPocketEngine } from "../../test/helpers/TinkerPocketEngine.ts"
import { sdpo } from "../../trainers/sdpo/index.ts"
import { longestChain, tinker } from "../../trainers/tinker/index.ts"
import { TinkerClient } from "../../trainers/tinker-sdk/index.ts"
import {
  criticalPath,
  type Engine,
  fakeHttpClient,
  makeFakeTinker,
  sequentialRoundTrips,
  type TraceEntry
} from "../../trainers/tinker-sdk/testing/index.ts"

/** Milliseconds from the correction. */
interface HttpCall {
  readonly at: number
  readonly doneAt: number
  /** Path, and for a poll what it asks for. */
  readonly what: string
}

export interface LessonTiming {
  readonly outcome: string
  /** Operations of the service that had to wait for each other: each is a request and the poll for its result. */
  readonly chain: number
  /** The same in HTTP calls: those that had to wait for each other. */
  readonly calls: ReadonlyArray<HttpCall>
  /** HTTP calls in a row until the new weights could be sampled. */
  readonly untilNewWeights: number
  /** HTTP calls in a row from the correction until the next try can be shown. */
  readonly untilRetry: number
  readonly milliseconds: number
  readonly tokens: { readonly prefill: number; readonly sampled: number; readonly trained: number }
  readonly waits: ReadonlyArray<ServiceWait>
}

export interface LessonTimingOptions {
  /** Of every HTTP call. */
  readonly latency: Duration.Input
  /** Default `overlapped`. */
  readonly submission?: "turns" | "overlapped"
  /** Updates of the lesson. Default 1. */
  readonly innerSteps?: number
  /** Of the next try. Default 1. */
  readonly temperature?: number
  /** Hears when the model behind the service begins and ends to compute. */
  readonly busy?: (by: 1 | -1) => void
}

const watched = (engine: Engine, busy: (by: 1 | -1) => void): Engine => {
  const during = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(Effect.sync(() => busy(1)), () => effect, () => Effect.sync(() => busy(-1)))
  return {
    ...engine,
    createAdapter: (name, shape) =>
      Effect.map(during(engine.createAdapter(name, shape)), (adapter) => ({
        forward: (batch) => during(adapter.forward(batch)),
        forwardBackward: (batch) => during(adapter.forwardBackward(batch)),
        optimStep: (options) => during(adapter.optimStep(options)),
        save: adapter.save,
        load: (bytes, optimizer) => during(adapter.load(bytes, optimizer))
      })),
    generate: (request) => during(engine.generate(request)),
    score: (request) => during(engine.score(request))
  }
}

const REQUEST_ID = /"request_id":"([^"]*)"/

/** Heartbeats and refreshed flags are nobody's wait. */
const waitedFor = ({ path }: TraceEntry): boolean => !/heartbeat|config/.test(path)

/**
 * One lesson with the pocket model behind a fake service that is `latency` away, as a session learns it: snapshot, step,
 * snapshot for the ledger; and then the next try.
 */
export const lessonTiming = (
  { busy = () => {}, innerSteps = 1, latency, submission, temperature = 1 }: LessonTimingOptions
) =>
  Effect.gen(function*() {
    const { engine, name, tokenizer } = yield* tinkerPocketEngine()
    const service = yield* makeFakeTinker({ engine: watched(engine, busy), latency })
    const client = yield* TinkerClient.make({
      apiKey: Redacted.make(service.apiKey),
      baseUrl: service.baseUrl,
      submission: submission ?? "overlapped"
    }).pipe(Effect.provideService(HttpClient.HttpClient, fakeHttpClient(service)))
    const [model] = engine.baseModels
    const backend = tinker({
      client,
      baseUrl: service.baseUrl,
      modelName: name,
      tokenizer,
      vocabularySize: model?.vocabularySize ?? 0,
      lora: { rank: 16, trainMlp: false, trainUnembed: false }
    })
    const trainer = sdpo({ innerSteps, gate: 0, until: "changed", learningRate: 0.01 })
    return yield* Effect.gen(function*() {
      const { usage = Effect.die("no usage"), ...backend } = yield* LoraBackend
      const { learn } = yield* Trainer
      const lesson = yield* makeLesson(backend, { correction: "use edit", task: "please fix a.js" })
      const before = yield* usage
      yield* service.clearTrace
      const startedAt = yield* Clock.currentTimeMillis
      yield* backend.snapshot
      const outcome = yield* learn(lesson, () => Effect.void)
      yield* backend.snapshot
      const milliseconds = (yield* Clock.currentTimeMillis) - startedAt
      const after = yield* usage
      const trace = (yield* service.trace).filter(waitedFor)
      const promptIds = tokenizer.encodeChat([
        { role: "user", content: lesson.task },
        { role: "assistant", content: lesson.attempt.text },
        { role: "user", content: lesson.correction }
      ], [])
      yield* Stream.runDrain(
        backend.sample({ promptIds, maxTokens: 16, temperature, topP: 1, seed: 1, weights: currentWeights })
      )
      const withRetry = (yield* service.trace).filter(waitedFor)
      const waits = after.waits.slice(before.waits.length).toSorted((a, b) => a.at - b.at)
      const ready = waits.find(({ operation }) => operation === "refresh_sampler")?.doneAt ?? Infinity
      const timing: LessonTiming = {
        outcome: outcome._tag === "Stepped" ? `${outcome._tag}: ${outcome.step.estimator}` : outcome._tag,
        chain: longestChain(waits),
        calls: criticalPath(trace).map(({ at, body, doneAt = at, path }) => {
          const of = REQUEST_ID.exec(new TextDecoder().decode(body))?.[1]
          return { at: at - startedAt, doneAt: doneAt - startedAt, what: of === undefined ? path : `${path} ${of}` }
        }),
        untilNewWeights: sequentialRoundTrips(trace.filter(({ doneAt }) => doneAt !== undefined && doneAt <= ready)),
        untilRetry: sequentialRoundTrips(withRetry),
        milliseconds,
        tokens: {
          prefill: after.tokens.prefill - before.tokens.prefill,
          sampled: after.tokens.sampled - before.tokens.sampled,
          trained: after.tokens.trained - before.tokens.trained
        },
        waits: waits.map((wait) => ({ ...wait, at: wait.at - startedAt, doneAt: wait.doneAt - startedAt }))
      }
      return timing
    }).pipe(Effect.provide(trainer.pipe(Layer.provideMerge(backend))))
  }).pipe(Effect.scoped)
