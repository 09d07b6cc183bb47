import * as Effect from "effect/Effect"
import type { BaseModel, EngineError } from "../engine/Engine.ts"
import { hashText } from "../engine/Seeded.ts"
import { textTokens } from "./Batch.ts"
import type { Future, Outcome } from "./Futures.ts"
import { canonical, json, type Refusal, refuse } from "./Http.ts"
import { CreateSamplingSession, decodeBody, Sample } from "./Requests.ts"
import { notLoaded } from "./Restart.ts"
import type { SampleResult } from "./Results.ts"
import { Numbered } from "./Sessions.ts"
import { failed } from "./TrainingRun.ts"
import type { Call, Route, Sampler, World } from "./World.ts"

type Source = Pick<Sampler, "weights" | "modelPath" | "runId">

const baseModelOf = (world: World, name: string): Effect.Effect<BaseModel, Refusal> => {
  const model = world.engine.baseModels.find((model) => model.name === name)
  return model === undefined
    ? Effect.fail(refuse(400, `base_model ${name} is not supported`))
    : Effect.succeed(model)
}

/** The weights of a saved sampler or of a base model; exactly one of the two. */
const sourceOf = Effect.fnUntraced(function*(
  world: World,
  baseModel: string | null | undefined,
  modelPath: string | null | undefined,
  now: number
): Effect.fn.Return<Source, Refusal> {
  if ((typeof baseModel === "string") === (typeof modelPath === "string")) {
    return yield* refuse(400, "give exactly one of base_model and model_path")
  }
  if (typeof baseModel === "string") {
    const { name } = yield* baseModelOf(world, baseModel)
    return { weights: { baseModel: name, state: undefined }, modelPath: undefined, runId: undefined }
  }
  const path = modelPath ?? ""
  if (!path.includes("/sampler_weights/")) return yield* refuse(400, `${path} is no path of sampler weights`)
  const { weights } = yield* world.checkpoints.find(path, now)
  return { weights, modelPath: path, runId: undefined }
})

const createSamplingSession = Effect.fnUntraced(function*(world: World, { body, now }: Call) {
  const request = yield* decodeBody(CreateSamplingSession, body)
  const session = yield* world.sessions.live(request.session_id)
  const number = request.sampling_session_seq_id
  const written = canonical(body)
  const answer = (id: string) => json(200, { type: "create_sampling_session", sampling_session_id: id })
  const earlier = yield* session.samplers.earlier("sampling_session_seq_id", number, written)
  if (earlier !== undefined) return answer(earlier)
  const source = yield* sourceOf(world, request.base_model, request.model_path, now)
  const id = `${session.id}:sample:${number}`
  world.samplers.set(id, { id, sessionId: session.id, ...source, requests: new Numbered(), forgotten: false })
  session.samplerIds.push(id)
  session.samplers.take(number, written, id)
  return answer(id)
})

/** A sampler that still has its session and, if it came from a checkpoint, that. */
const liveSampler = Effect.fnUntraced(function*(
  world: World,
  id: string,
  now: number
): Effect.fn.Return<Sampler, Refusal> {
  const sampler = world.samplers.get(id)
  if (sampler === undefined) return yield* refuse(404, `sampling session ${id} not found`)
  if (world.sessions.find(sampler.sessionId)?.ended !== "no") {
    return yield* refuse(404, `sampling session ${id} ended with its session`)
  }
  if (sampler.modelPath !== undefined) yield* world.checkpoints.find(sampler.modelPath, now)
  return sampler
})

/** Rows of ids to score: int64 [length - 1, K]. */
const targetRows = (request: Sample, length: number): Effect.Effect<ReadonlyArray<ReadonlyArray<number>>, Refusal> => {
  const tensor = request.target_prompt_logprobs
  if (tensor === undefined || tensor === null) return Effect.succeed([])
  const [rows, width] = tensor.shape ?? []
  return rows === length - 1 && width !== undefined && tensor.data.length === rows * width && tensor.dtype === "int64"
    ? Effect.succeed(Array.from({ length: rows }, (_, t) => tensor.data.slice(t * width, (t + 1) * width)))
    : Effect.fail(refuse(400, `target_prompt_logprobs must be int64 [${length - 1}, K]`))
}

const maxTokensOf = (request: Sample, model: BaseModel, length: number): number =>
  request.sampling_params.max_tokens ?? Math.max(model.contextLength - length, 0)

const perform = Effect.fnUntraced(function*(
  world: World,
  source: Source,
  request: Sample,
  prompt: ReadonlyArray<number>,
  targets: ReadonlyArray<ReadonlyArray<number>>,
  requestId: string
): Effect.fn.Return<SampleResult, EngineError> {
  const { engine } = world
  const { weights } = source
  const params = request.sampling_params
  const model = engine.baseModels.find(({ name }) => name === weights.baseModel)!
  const { topk_prompt_logprobs: k = 0, topk_sample_logprobs: sampledK = 0 } = request
  const seed = params.seed ?? hashText(requestId)
  const stop = typeof params.stop === "string" ? [params.stop] : params.stop ?? undefined
  const sequences = yield* Effect.forEach(
    Array.from({ length: request.num_samples ?? 1 }, (_, index) => index),
    Effect.fnUntraced(function*(index) {
      const generated = yield* engine.generate({
        weights,
        prompt,
        maxTokens: maxTokensOf(request, model, prompt.length),
        temperature: params.temperature ?? 1,
        topK: params.top_k ?? -1,
        topP: params.top_p ?? 1,
        seed: seed + index,
        stop
      })
      if (sampledK === 0) return generated
      const scored = yield* engine.score({ weights, tokens: [...prompt, ...generated.tokens], topK: sampledK })
      return { ...generated, topK: scored.topK.slice(prompt.length - 1) }
    })
  )
  const result: SampleResult = { sequences, topkSampled: sampledK }
  if (request.prompt_logprobs !== true && k === 0 && targets.length === 0) return result
  const known = targets.map((ids) => ids.map((id) => Math.max(id, 0)))
  const scored = yield* engine.score({ weights, tokens: prompt, topK: k, ids: known })
  return {
    ...result,
    ...(request.prompt_logprobs === true ? { promptLogprobs: [null, ...scored.logprobs] } : {}),
    ...(k > 0 ? { topkPrompt: { k, rows: [null, ...scored.topK] } } : {}),
    ...(targets.length > 0
      ? { targets: scored.ids.map((row, t) => row.map((value, i) => targets[t]![i] === -1 ? null : value)) }
      : {})
  }
})

const start = (
  world: World,
  future: Future,
  work: Effect.Effect<SampleResult, EngineError>
): Effect.Effect<void> => {
  const outcome = Effect.match(work, {
    onSuccess: (result): Outcome => ({ _tag: "Sample", result }),
    onFailure: failed
  })
  const whole = world.gate.await.pipe(
    Effect.andThen(world.pace),
    Effect.andThen(outcome),
    Effect.flatMap((outcome) => world.futures.settle(future, outcome))
  )
  return Effect.asVoid(Effect.forkIn(Effect.interruptible(whole), world.scope, { startImmediately: true }))
}

const sample = Effect.fnUntraced(function*(world: World, { body, now }: Call) {
  const { behaviour, futures } = world
  const request = yield* decodeBody(Sample, body)
  const newer = request.target_prompt_logprobs ?? request.topk_sample_logprobs
  if (!behaviour.newReadouts && newer !== undefined && newer !== null) {
    return yield* refuse(422, "this service does not know topk_sample_logprobs and target_prompt_logprobs")
  }
  const { sampling_session_id: samplerId, seq_id: seqId } = request
  const written = canonical(body)
  const answer = (requestId: string) =>
    json(202, {
      request_id: requestId,
      sample_sequence_ids: Array.from({ length: request.num_samples ?? 1 }, (_, index) => `${requestId}-${index}`)
    })
  let source: Source
  let requests: Numbered<string> | undefined
  if (typeof samplerId === "string") {
    if (typeof seqId !== "number") return yield* refuse(422, "seq_id is needed with sampling_session_id")
    const sampler = yield* liveSampler(world, samplerId, now)
    const earlier = yield* sampler.requests.earlier("seq_id", seqId, written)
    if (earlier !== undefined) return answer(earlier)
    source = sampler
    requests = sampler.requests
  } else source = yield* sourceOf(world, request.base_model, request.model_path, now)

  const prompt = yield* textTokens(request.prompt.chunks)
  const model = yield* baseModelOf(world, source.weights.baseModel)
  const targets = yield* targetRows(request, prompt.length)
  const topk = Math.max(request.topk_prompt_logprobs ?? 0, request.topk_sample_logprobs ?? 0)
  if (topk > behaviour.topkLimit) return yield* refuse(400, `top-k of ${topk} is above ${behaviour.topkLimit}`)
  const outside = [...prompt, ...targets.flat()].find((id) => id >= model.vocabularySize || id < -1)
  if (outside !== undefined) return yield* refuse(400, `token ${outside} is outside the vocabulary of ${model.name}`)
  if (futures.pending("sample") >= behaviour.maxConcurrentSamples) {
    return yield* refuse(429, `more than ${behaviour.maxConcurrentSamples} samples at a time`)
  }
  const future = futures.create("sample")
  requests?.take(seqId!, written, future.id)
  if (typeof samplerId === "string" && world.samplers.get(samplerId)?.forgotten === true) {
    yield* futures.settle(future, { _tag: "Refused", refusal: refuse(400, notLoaded(source.runId ?? "")) })
  } else if (prompt.length + maxTokensOf(request, model, prompt.length) > model.contextLength) {
    const error = `PromptTooLong: ${prompt.length} prompt tokens and max_tokens do not fit into ${model.contextLength}`
    yield* futures.settle(future, { _tag: "Failed", error, category: "user" })
  } else yield* start(world, future, perform(world, source, request, prompt, targets, future.id))
  return answer(future.id)
})

export const samplingRoutes: ReadonlyArray<Route> = [
  { method: "POST", path: "/create_sampling_session", endpoint: createSamplingSession },
  { method: "POST", path: "/asample", endpoint: sample },
  {
    method: "GET",
    path: "/samplers/:id",
    endpoint: (world, { now, params }) =>
      Effect.map(
        liveSampler(world, params[0]!, now),
        ({ id, modelPath, weights }) =>
          json(200, { sampler_id: id, base_model: weights.baseModel, model_path: modelPath ?? null })
      )
  }
]
