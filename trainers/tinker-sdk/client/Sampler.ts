/** Sampling from one set of weights, and asking for probabilities under it: its requests. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type TinkerError, TinkerInputError, TinkerProtocolError, TinkerTimeoutError } from "../TinkerError.ts"
import { outerDelay, retryAfter, sampleDelay } from "../transport/Backoff.ts"
import { textOf, worthRetrying } from "../transport/Http.ts"
import { type Observer, tellAll } from "../transport/Progress.ts"
import { BILLING_PAUSE, readJson } from "../transport/Transport.ts"
import {
  CancelFutureRequest,
  decodeSampleResult,
  type DynamicConfig,
  encodeJson,
  Endpoints,
  GetSamplerReply,
  type ModelInput,
  SampleRequest,
  SampleResult,
  SamplingParams,
  UntypedFuture
} from "../wire/index.ts"
import { type BackPressure, promptBytes } from "./BackPressure.ts"
import { encodeBody, get, observer, type WaitOptions } from "./Core.ts"
import { int64, textLength } from "./Data.ts"
import { readSamples, type Samples, scoresOf } from "./Samples.ts"
import type { SampleParams, SamplingClient } from "./SamplingClient.ts"
import { type Accepted, redeem, type SessionCore } from "./Submission.ts"

/** When no sample at all comes back for this long, something is wrong that waiting does not cure. */
const STUCK = 7_200_000
const EMPTY_400_RETRIES = 16
const CANCEL_TIMEOUT = 5000

export interface SamplingParts {
  readonly core: SessionCore
  readonly pressure: BackPressure
  readonly dynamic: () => DynamicConfig
  /** Runs what outlives its caller. */
  readonly background: (effect: Effect.Effect<void>) => Effect.Effect<void>
  /** When a sample last came back, in ms; shared by all samplers of a client. */
  readonly lastFinished: { at: number }
}

/** Tokens of a text prompt; 0 where it is not only text. */
const promptLength = (prompt: ModelInput): number => textLength(prompt) ?? 0

/** 8 bytes an id with its log-probability. */
const resultBytes = (request: Omit<SampleRequest, "type">, length: number): number =>
  8 * (
    request.num_samples * (request.sampling_params.max_tokens ?? 0) * (1 + (request.topk_sample_logprobs ?? 0)) +
    length * (1 + request.topk_prompt_logprobs) + (request.target_prompt_logprobs?.data.length ?? 0)
  )

export const makeSamplingClient = (parts: SamplingParts, id: string): SamplingClient => {
  const { background, core, dynamic, lastFinished, pressure } = parts
  const { transport } = core
  let nextNumber = 0

  const cancel = (requestId: string): Effect.Effect<void> =>
    dynamic().sample_cancel_enabled
      ? background(Effect.ignore(Effect.gen(function*() {
        const json = yield* encodeJson(CancelFutureRequest)("The cancellation", { request_id: requestId })
        yield* transport.attempt(
          { operation: "cancel_future", method: "POST", path: Endpoints.cancelFuture, json, timeout: CANCEL_TIMEOUT },
          0
        )
      })))
      : Effect.void

  /** Until the service takes it; the number stays, so that a repetition is no second sampling. */
  const submitSample = Effect.fnUntraced(
    function*(operation: string, request: SampleRequest, bytes: number, observe: Observer) {
      const json = yield* encodeBody(SampleRequest, operation, request)
      const started = yield* Clock.currentTimeMillis
      let conflicts = 0
      let empty = 0
      for (let attempt = 0;; attempt++) {
        const sent = yield* Clock.currentTimeMillis
        const call = {
          operation,
          method: "POST" as const,
          path: Endpoints.sample,
          json,
          headers: { "x-tinker-sampling-backpressure": "1" }
        }
        const result = yield* Effect.result(pressure.dispatch(bytes, transport.http.exchange(call, 0)))
        const now = yield* Clock.currentTimeMillis
        const status = result._tag === "Success" ? result.success.status : undefined
        const again = Effect.fnUntraced(function*(delayMs: number, reason: string) {
          yield* observe({ _tag: "Retrying", operation, attempt: attempt + 1, delayMs, status, reason })
          yield* Effect.sleep(delayMs)
        })
        if (result._tag === "Failure") {
          if (now - Math.max(lastFinished.at, started) >= STUCK) {
            return yield* transport.connectionError(operation, result.failure, attempt + 1)
          }
          yield* again(yield* sampleDelay(attempt), result.failure.detail)
          continue
        }
        const reply = result.success
        if (reply.status >= 200 && reply.status < 300) {
          const future = yield* readJson(UntypedFuture, operation)(reply)
          yield* observe({ _tag: "Accepted", operation, requestId: future.request_id })
          return { requestId: future.request_id, modelId: undefined, roundTrip: now - sent } satisfies Accepted
        }
        const error = transport.statusError(operation, reply)
        if (reply.status === 429) {
          const asked = retryAfter(reply.headers, now)
          if (asked !== undefined) yield* pressure.pause(asked)
          yield* pressure.throttled(bytes, operation, observe)
          continue
        }
        if (reply.status === 402 && now - started < transport.flags().billing_exception_max_pause_duration_sec * 1000) {
          yield* observe({ _tag: "Paused", operation, delayMs: BILLING_PAUSE, reason: "billing" })
          yield* pressure.pause(BILLING_PAUSE)
          continue
        }
        if (reply.status === 400 && reply.headers["content-length"] === "0" && empty++ < EMPTY_400_RETRIES) {
          yield* again(0, "an empty 400")
          continue
        }
        if (!worthRetrying(reply, conflicts) || now - Math.max(lastFinished.at, started) >= STUCK) return yield* error
        if (reply.status === 409) conflicts++
        yield* again(
          retryAfter(reply.headers, now) ?? (yield* sampleDelay(attempt)),
          `${reply.status} ${textOf(reply).slice(0, 100)}`
        )
      }
    }
  )

  /** From submission to result. An expired promise starts the sampling over, under the next number. */
  const run = (
    operation: string,
    request: Omit<SampleRequest, "type" | "sampling_session_id" | "seq_id">,
    options: WaitOptions | undefined
  ): Effect.Effect<Samples, TinkerError> => {
    let queueState: string | undefined
    const observe = tellAll(observer(core, options), (progress) =>
      Effect.sync(() => {
        if (progress._tag === "Waiting") queueState = progress.queueState
      }))
    const deadline = options?.deadline ?? transport.settings.deadline
    const length = promptLength(request.prompt)
    const once = Effect.gen(function*() {
      const seqId = nextNumber++
      const accepted = yield* core.session.whileAlive(submitSample(
        operation,
        { ...request, sampling_session_id: id, seq_id: seqId, type: "sample" },
        promptBytes(length),
        observe
      ))
      const result = yield* Effect.onInterrupt(
        redeem(
          core,
          {
            operation,
            type: "Sample",
            json: SampleResult,
            binary: decodeSampleResult,
            expectedBytes: resultBytes(request, length)
          },
          accepted,
          deadline,
          observe
        ),
        () => cancel(accepted.requestId)
      )
      lastFinished.at = yield* Clock.currentTimeMillis
      return result
    })
    const untilKept = Effect.gen(function*() {
      for (let attempt = 0;; attempt++) {
        const result = yield* Effect.result(once)
        if (result._tag === "Success") return result.success
        if (result.failure._tag !== "TinkerPromiseExpired") return yield* result.failure
        const delayMs = attempt === 0 ? 0 : outerDelay(attempt - 1)
        yield* observe({
          _tag: "Retrying",
          operation,
          attempt: attempt + 1,
          delayMs,
          status: 410,
          reason: "the result expired"
        })
        yield* Effect.sleep(delayMs)
      }
    })
    return pressure.inFlight(untilKept).pipe(
      Effect.timeoutOrElse({
        duration: deadline,
        orElse: () =>
          Effect.fail(
            new TinkerTimeoutError({
              operation,
              seconds: Duration.toSeconds(deadline),
              ...(queueState === undefined ? {} : { queueState })
            })
          )
      }),
      Effect.flatMap((result) => readSamples(operation, result, length)),
      Effect.withSpan(`tinker.${operation}`)
    )
  }

  const checked = (operation: string, prompt: ModelInput): Effect.Effect<void, TinkerInputError> =>
    prompt.chunks.length === 0 ||
      prompt.chunks.some((chunk) => chunk.type === "encoded_text" && chunk.tokens.length === 0)
      ? Effect.fail(new TinkerInputError({ operation, detail: "The prompt, or a chunk of it, is empty." }))
      : Effect.void

  const toParams = (params: SampleParams) =>
    SamplingParams.make({
      max_tokens: params.maxTokens,
      ...(params.seed === undefined ? {} : { seed: params.seed }),
      ...(params.stop === undefined ? {} : { stop: params.stop }),
      temperature: params.temperature ?? 1,
      top_k: params.topK ?? -1,
      top_p: params.topP ?? 1
    })

  const sample: SamplingClient["sample"] = (prompt, params, options) =>
    Effect.andThen(
      checked("sample", prompt),
      run("sample", {
        num_samples: options?.numSamples ?? 1,
        prompt,
        sampling_params: toParams(params),
        ...(options?.promptLogprobs === undefined ? {} : { prompt_logprobs: options.promptLogprobs }),
        topk_prompt_logprobs: options?.topKPromptLogprobs ?? 0,
        ...(options?.topKSampleLogprobs === undefined ? {} : { topk_sample_logprobs: options.topKSampleLogprobs })
      }, options)
    )

  const probe = (
    operation: string,
    prompt: ModelInput,
    extra: Partial<SampleRequest>,
    options: WaitOptions | undefined
  ) =>
    Effect.andThen(
      checked(operation, prompt),
      run(operation, {
        num_samples: 1,
        prompt,
        sampling_params: toParams({ maxTokens: 1 }),
        prompt_logprobs: true,
        topk_prompt_logprobs: 0,
        ...extra
      }, options)
    )

  const lacks = (operation: string, what: string) =>
    new TinkerProtocolError({ operation, detail: `The reply has no ${what}, which this server seems not to know.` })

  return {
    id,
    sample,
    computeLogprobs: (prompt, options) =>
      Effect.flatMap(
        probe("compute_logprobs", prompt, {}, options),
        ({ promptLogprobs }) =>
          promptLogprobs === null
            ? Effect.fail(lacks("compute_logprobs", "prompt log-probabilities"))
            : Effect.succeed(promptLogprobs)
      ),
    topKLogprobs: (prompt, k, options) =>
      Effect.flatMap(
        probe("top_k_logprobs", prompt, { topk_prompt_logprobs: k }, options),
        (samples) =>
          samples.topKPromptLogprobs === null
            ? Effect.fail(lacks("top_k_logprobs", "top-K log-probabilities"))
            : Effect.succeed(samples)
      ),
    scoreIds: (prompt, ids, options) =>
      Effect.gen(function*() {
        const operation = "score_ids"
        const width = ids[0]?.length ?? 0
        if (ids.length !== promptLength(prompt) - 1 || width === 0 || ids.some((row) => row.length !== width)) {
          return yield* new TinkerInputError({
            operation,
            detail: `There must be ${
              promptLength(prompt) - 1
            } rows of ids, one less than prompt tokens, all of one length.`
          })
        }
        const target = int64(ids.flat(), [ids.length, width])
        const samples = yield* probe(operation, prompt, { target_prompt_logprobs: target }, options)
        if (samples.targetPromptLogprobs === null) return yield* lacks(operation, "scores of the given ids")
        return yield* scoresOf(operation, samples.targetPromptLogprobs, ids)
      }),
    info: get(core, "get_sampler", Endpoints.sampler(id), GetSamplerReply)
  }
}
