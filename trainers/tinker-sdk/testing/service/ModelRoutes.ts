import * as Effect from "effect/Effect"
import type { LoraShape } from "../engine/Engine.ts"
import { canonical, json, type Refusal, refuse } from "./Http.ts"
import { CreateModel, decodeBody, GetInfo, UnloadModel } from "./Requests.ts"
import { TrainingRun } from "./TrainingRun.ts"
import type { Call, Route, World } from "./World.ts"

const isPowerOfTwo = (n: number): boolean => n > 0 && (n & (n - 1)) === 0

/** The run with this id, or a 404. */
export const runOf = (world: World, id: string): Effect.Effect<TrainingRun, Refusal> => {
  const run = world.runs.get(id)
  return run === undefined ? Effect.fail(refuse(404, `Model ${id} not found`)) : Effect.succeed(run)
}

const createModel = Effect.fnUntraced(function*(world: World, { body, now }: Call) {
  const request = yield* decodeBody(CreateModel, body)
  const session = yield* world.sessions.live(request.session_id)
  const written = canonical(body)
  const answer = (requestId: string, modelId: string) => json(202, { request_id: requestId, model_id: modelId })
  const earlier = yield* session.models.earlier("model_seq_id", request.model_seq_id, written)
  if (earlier !== undefined) return answer(earlier.requestId, earlier.modelId)

  const { rank, seed, train_attn = true, train_mlp = true, train_unembed = true } = request.lora_config
  if (!isPowerOfTwo(rank)) return yield* refuse(400, `LoRA rank ${rank} is not a positive power of two`)
  const model = world.engine.baseModels.find(({ name }) => name === request.base_model)
  if (model === undefined) return yield* refuse(400, `base_model ${request.base_model} is not supported`)
  const shape: LoraShape = {
    rank,
    seed: seed ?? 0,
    trainUnembed: train_unembed,
    trainMlp: train_mlp,
    trainAttn: train_attn
  }
  const id = `${session.id}:train:${request.model_seq_id}`
  const { futures, gate, pace, scope } = world
  const metadata = request.user_metadata ?? null
  const run = new TrainingRun({ id, sessionId: session.id, model, shape, metadata, futures, gate, pace, scope })
  run.lastRequestAt = now
  world.runs.set(id, run)
  session.modelIds.push(id)
  const future = futures.create("create_model")
  session.models.take(request.model_seq_id, written, { modelId: id, requestId: future.id })
  yield* run.start(world.engine.createAdapter(model.name, shape), future, { model_id: id, type: "create_model" })
  return answer(future.id, id)
})

const getInfo = Effect.fnUntraced(function*(world: World, { body }: Call) {
  const { model_id } = yield* decodeBody(GetInfo, body)
  const { model, shape } = (yield* runOf(world, model_id)).parts
  return json(200, {
    type: "get_info",
    model_id,
    model_data: { arch: model.arch, model_name: model.name, tokenizer_id: model.tokenizerId },
    is_lora: true,
    lora_rank: shape.rank,
    model_name: model.name
  })
})

const unloadModel = Effect.fnUntraced(function*(world: World, { body }: Call) {
  const { model_id } = yield* decodeBody(UnloadModel, body)
  const run = yield* runOf(world, model_id)
  const future = world.futures.create("unload_model")
  const work = Effect.andThen(
    run.unload(),
    world.futures.settle(future, { _tag: "Value", value: { model_id, type: "unload_model" } })
  )
  yield* Effect.forkIn(work, world.scope, { startImmediately: true })
  return json(202, { request_id: future.id, model_id })
})

export const modelRoutes: ReadonlyArray<Route> = [
  { method: "POST", path: "/create_model", endpoint: createModel },
  { method: "POST", path: "/get_info", endpoint: getInfo },
  { method: "POST", path: "/unload_model", endpoint: unloadModel }
]
