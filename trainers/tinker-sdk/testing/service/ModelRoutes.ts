import * as Effect from "effect/Effect"
import type { Adapter, BaseModel, EngineError, LoraShape } from "../engine/Engine.ts"
import type { FutureKind } from "./Futures.ts"
import { canonical, type FakeReply, json, type Refusal, refuse } from "./Http.ts"
import { CreateModel, decodeBody, GetInfo, UnloadModel } from "./Requests.ts"
import type { Session } from "./Sessions.ts"
import { TrainingRun } from "./TrainingRun.ts"
import type { Call, Route, World } from "./World.ts"

const isPowerOfTwo = (n: number): boolean => n > 0 && (n & (n - 1)) === 0

/** The run with this id, or a 404. */
export const runOf = (world: World, id: string): Effect.Effect<TrainingRun, Refusal> => {
  const run = world.runs.get(id)
  return run === undefined ? Effect.fail(refuse(404, `Model ${id} not found`)) : Effect.succeed(run)
}

/** A run of a session and the promise of it. When all slots are taken, the promise is not kept. */
export const startRun = Effect.fnUntraced(function*(
  world: World,
  session: Session,
  made: {
    readonly number: number
    readonly model: BaseModel
    readonly shape: LoraShape
    readonly metadata: unknown
    readonly kind: FutureKind
    readonly written: string
    readonly prepare?: (adapter: Adapter) => Effect.Effect<void, EngineError | Refusal>
  },
  now: number
): Effect.fn.Return<FakeReply> {
  const { futures, gate, pace, scope } = world
  const { kind, metadata, model, number, prepare, shape, written } = made
  const id = `${session.id}:train:${number}`
  const future = futures.create(kind)
  session.models.take(number, written, { modelId: id, requestId: future.id })
  const taken = [...world.runs.values()].filter(({ occupied }) => occupied).length
  if (taken >= world.behaviour.maxModels) {
    const refusal = refuse(400, `Maximum number of LoRA adapters (${world.behaviour.maxModels}) reached`)
    yield* futures.settle(future, { _tag: "Refused", refusal })
    return json(202, { request_id: future.id, model_id: id })
  }
  const run = new TrainingRun({ id, sessionId: session.id, model, shape, metadata, futures, gate, pace, scope })
  run.lastRequestAt = now
  world.runs.set(id, run)
  session.modelIds.push(id)
  const created = world.engine.createAdapter(model.name, shape)
  const create = prepare === undefined ? created : Effect.tap(created, prepare)
  yield* run.start(create, future, { model_id: id, type: kind })
  return json(202, { request_id: future.id, model_id: id })
})

const createModel = Effect.fnUntraced(function*(world: World, { body, now }: Call) {
  const request = yield* decodeBody(CreateModel, body)
  const session = yield* world.sessions.live(request.session_id)
  const written = canonical(body)
  const earlier = yield* session.models.earlier("model_seq_id", request.model_seq_id, written)
  if (earlier !== undefined) return json(202, { request_id: earlier.requestId, model_id: earlier.modelId })

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
  return yield* startRun(world, session, {
    number: request.model_seq_id,
    model,
    shape,
    metadata: request.user_metadata ?? null,
    kind: "create_model",
    written
  }, now)
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
