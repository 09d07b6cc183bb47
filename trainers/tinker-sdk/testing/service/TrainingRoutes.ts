import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AdamOptions, Adapter, EngineError } from "../engine/Engine.ts"
import { checkBatch, type CheckedBatch, problemOf, scaledByLength } from "./Batch.ts"
import { type CheckpointKind, checkpointPath } from "./Checkpoints.ts"
import type { FutureKind, Outcome } from "./Futures.ts"
import { canonical, type FakeReply, json, PROTOBUF, type Refusal, refuse } from "./Http.ts"
import { runOf, startRun } from "./ModelRoutes.ts"
import { readForwardBackward } from "./Protobuf.ts"
import {
  decodeBody,
  Forward,
  ForwardBackward,
  LoadIntoSession,
  LoadWeights,
  type LossInput,
  OptimStep,
  SaveWeights,
  SaveWeightsForSampler
} from "./Requests.ts"
import { Numbered } from "./Sessions.ts"
import type { Operation, TrainingRun } from "./TrainingRun.ts"
import type { Call, Route, World } from "./World.ts"

interface Addressed {
  readonly model_id: string
  readonly seq_id: number
}

/** The model and number that a body names, if it can be told: a refused request still takes its number. */
const addressOf = (body: unknown): Addressed | undefined =>
  typeof body === "object" && body !== null
    && "model_id" in body && typeof body.model_id === "string"
    && "seq_id" in body && typeof body.seq_id === "number" && Number.isInteger(body.seq_id) && body.seq_id > 0
    ? { model_id: body.model_id, seq_id: body.seq_id }
    : undefined

/** Takes a numbered request: answers a repetition as before, refuses what is out of order, and lets it wait for its turn. */
const numbered = <A extends Addressed>(
  world: World,
  { body, now }: Call,
  kind: FutureKind,
  decode: Effect.Effect<A, Refusal>,
  prepare: (request: A, run: TrainingRun) => Effect.Effect<Operation, Refusal>
): Effect.Effect<FakeReply, Refusal> =>
  Effect.gen(function*() {
    const address = addressOf(body)
    const known = address === undefined ? undefined : world.runs.get(address.model_id)
    const written = `${kind} ${canonical(body)}`
    if (address !== undefined && known !== undefined) {
      const earlier = yield* known.earlier(address.seq_id, written)
      if (earlier !== undefined) return json(202, { request_id: earlier.id, model_id: address.model_id })
      yield* known.inOrder(address.seq_id, kind)
    }
    const taken = Effect.gen(function*() {
      const request = yield* decode
      const run = yield* runOf(world, request.model_id)
      const operation = yield* prepare(request, run)
      run.lastRequestAt = now
      const future = yield* run.accept(request.seq_id, kind, written, operation)
      return json(202, { request_id: future.id, model_id: request.model_id })
    })
    return yield* Effect.tapError(taken, (refusal) =>
      address === undefined || known === undefined ? Effect.void : known.skip(address.seq_id, written, refusal))
  })

const trainOn = (
  batch: CheckedBatch,
  run: TrainingRun,
  compute: (adapter: Adapter) => ReturnType<Adapter["forward"]>
): Operation =>
(adapter) => {
  const problem = problemOf(batch, run.parts.model)
  if (problem !== undefined) return Effect.succeed<Outcome>({ _tag: "Failed", error: problem, category: "user" })
  return Effect.map(compute(adapter), (outputs): Outcome => ({
    _tag: "ForwardBackward",
    result: {
      outputs: outputs.map((output, index) => ({ ...output, twoAxes: batch.twoAxes[index] === true })),
      metrics: { "loss:sum": outputs.flatMap(({ losses }) => losses.flat()).reduce((sum, loss) => sum + loss, 0) }
    }
  }))
}

const loss = (
  world: World,
  call: Call,
  forwardOnly: boolean
): Effect.Effect<FakeReply, Refusal> => {
  const kind = forwardOnly ? "forward" : "forward_backward"
  const decode: Effect.Effect<Addressed & { readonly input: LossInput }, Refusal> = forwardOnly
    ? Effect.map(decodeBody(Forward, call.body), ({ forward_input, ...rest }) => ({ ...rest, input: forward_input }))
    : Effect.map(decodeBody(ForwardBackward, call.body), ({ forward_backward_input, ...rest }) => ({
      ...rest,
      input: forward_backward_input
    }))
  return numbered(
    world,
    call,
    kind,
    decode,
    ({ input }, run) =>
      Effect.map(
        checkBatch(input, run.parts.model),
        (batch) =>
          trainOn(batch, run, (adapter) =>
            forwardOnly
              ? adapter.forward(batch)
              : adapter.forwardBackward(world.behaviour.scaling === "length" ? scaledByLength(batch) : batch))
      )
  )
}

const forwardBackward = Effect.fnUntraced(function*(world: World, call: Call) {
  const { body, headers } = call.request
  if (headers["content-encoding"] !== undefined) return yield* refuse(415, "compressed bodies are not taken")
  if (headers["content-type"]?.startsWith(PROTOBUF) === true) {
    const { forwardOnly, value } = yield* readForwardBackward(body)
    return yield* loss(world, { ...call, body: value }, forwardOnly)
  }
  if (!world.behaviour.jsonRequests) return yield* refuse(415, `forward_backward takes ${PROTOBUF} only`)
  return yield* loss(world, call, false)
})

const optimStep = (world: World, call: Call) =>
  numbered(world, call, "optim_step", decodeBody(OptimStep, call.body), ({ adam_params: adam }) => {
    const options: AdamOptions = {
      learningRate: adam.learning_rate ?? 1e-4,
      beta1: adam.beta1 ?? 0.9,
      beta2: adam.beta2 ?? 0.95,
      eps: adam.eps ?? 1e-12,
      weightDecay: adam.weight_decay ?? 0,
      gradClipNorm: adam.grad_clip_norm ?? 0
    }
    return Effect.succeed<Operation>((adapter) =>
      Effect.map(adapter.optimStep(options), ({ gradientNorm }) => ({
        _tag: "Value",
        value: {
          metrics: world.behaviour.reportNorms
            ? { "skyrl.ai/grad_norm": gradientNorm, "skyrl.ai/learning_rate": options.learningRate }
            : {}
        }
      }))
    )
  })

/** Saves what the adapter is when its turn comes, under a name that is kept from now on. */
const save = Effect.fnUntraced(function*(
  world: World,
  run: TrainingRun,
  kind: CheckpointKind,
  name: string,
  options: { readonly overwrite: boolean; readonly ttl: number | undefined; readonly now: number }
): Effect.fn.Return<(adapter: Adapter, now: number) => Effect.Effect<string, EngineError>, Refusal> {
  const path = checkpointPath(run.parts.id, kind, name)
  yield* world.checkpoints.reserve(path, options.overwrite, options.now)
  return (adapter, now) =>
    adapter.save.pipe(
      Effect.tapError(() => Effect.sync(() => world.checkpoints.release(path))),
      Effect.map((state) => {
        world.checkpoints.put({
          runId: run.parts.id,
          kind,
          name,
          weights: { baseModel: run.parts.model.name, state },
          shape: run.parts.shape,
          time: now,
          expiresAt: options.ttl === undefined ? undefined : now + 1000 * options.ttl,
          published: false
        })
        return path
      })
    )
})

const saveWeights = (world: World, call: Call) =>
  numbered(world, call, "save_weights", decodeBody(SaveWeights, call.body), (request, run) => {
    const name = request.path ?? `step-${String(request.seq_id).padStart(6, "0")}`
    const options = { overwrite: request.overwrite ?? false, ttl: request.ttl_seconds ?? undefined, now: call.now }
    return Effect.map(save(world, run, "weights", name, options), (perform): Operation => (adapter) =>
      Effect.map(
        Effect.flatMap(Clock.currentTimeMillis, (now) => perform(adapter, now)),
        (path) => ({ _tag: "Value", value: { path, type: "save_weights" } })
      ))
  })

const saveForSampler = (world: World, call: Call) =>
  numbered(
    world,
    call,
    "save_weights_for_sampler",
    decodeBody(SaveWeightsForSampler, call.body),
    (request, run) =>
      Effect.gen(function*() {
        const type = "save_weights_for_sampler"
        const { path: name, sampling_session_seq_id: number } = request
        if ((typeof name === "string") === (typeof number === "number")) {
          return yield* refuse(400, "give either path or sampling_session_seq_id")
        }
        const options = { overwrite: false, ttl: request.ttl_seconds ?? undefined, now: call.now }
        if (typeof name === "string") {
          const perform = yield* save(world, run, "sampler_weights", name, options)
          const operation: Operation = (adapter) =>
            Effect.map(
              Effect.flatMap(Clock.currentTimeMillis, (now) => perform(adapter, now)),
              (path) => ({ _tag: "Value", value: { path, type } })
            )
          return operation
        }
        const session = yield* world.sessions.live(run.parts.sessionId)
        const id = `${session.id}:sample:${number}`
        const written = canonical(call.body)
        if ((yield* session.samplers.earlier("sampling_session_seq_id", number!, written)) !== undefined) {
          return yield* refuse(409, `sampling_session_seq_id ${number} is taken`)
        }
        session.samplers.take(number!, written, id)
        const operation: Operation = (adapter) =>
          Effect.map(adapter.save, (state) => {
            const weights = { baseModel: run.parts.model.name, state }
            world.samplers.set(id, {
              id,
              sessionId: session.id,
              weights,
              runId: run.parts.id,
              modelPath: undefined,
              requests: new Numbered(),
              forgotten: false
            })
            session.samplerIds.push(id)
            return { _tag: "Value", value: { path: null, sampling_session_id: id, type } }
          })
        return operation
      })
  )

const loadIntoModel = (world: World, call: Call) =>
  numbered(world, call, "load_weights", decodeBody(LoadWeights, call.body), ({ optimizer, path, seq_id }) => {
    if (seq_id !== 1) return Effect.fail(refuse(400, `LoadWeights is not permitted with seq_id ${seq_id}`))
    return Effect.succeed<Operation>((adapter) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const { weights } = yield* world.checkpoints.find(path, now)
        yield* adapter.load(weights.state, optimizer)
        return { _tag: "Value", value: { path, type: "load_weights" } }
      })
    )
  })

const loadIntoSession = Effect.fnUntraced(function*(world: World, { body, now }: Call) {
  const request = yield* decodeBody(LoadIntoSession, body)
  const session = yield* world.sessions.live(request.session_id)
  const written = canonical(body)
  const earlier = yield* session.models.earlier("model_seq_id", request.model_seq_id, written)
  if (earlier !== undefined) return json(202, { request_id: earlier.requestId, model_id: earlier.modelId })
  const { shape, weights } = yield* world.checkpoints.find(request.path, now)
  const model = world.engine.baseModels.find(({ name }) => name === weights.baseModel)
  if (model === undefined) return yield* refuse(400, `base_model ${weights.baseModel} is not supported`)
  return yield* startRun(world, session, {
    number: request.model_seq_id,
    model,
    shape,
    metadata: request.user_metadata ?? null,
    kind: "load_weights",
    written,
    prepare: (adapter) => adapter.load(weights.state, request.optimizer)
  }, now)
})

/** Where only one form is known, the other lacks what that one needs. */
const loadWeights = (world: World, call: Call) => {
  const { loading } = world.behaviour
  const named = typeof call.body === "object" && call.body !== null && "model_id" in call.body ? "model" : "session"
  const form = loading.includes(named) ? named : loading[0]
  return form === "session" ? loadIntoSession(world, call) : loadIntoModel(world, call)
}

export const trainingRoutes: ReadonlyArray<Route> = [
  { method: "POST", path: "/forward_backward", endpoint: forwardBackward, binary: true },
  { method: "POST", path: "/forward", endpoint: (world, call) => loss(world, call, true) },
  { method: "POST", path: "/optim_step", endpoint: optimStep },
  { method: "POST", path: "/save_weights", endpoint: saveWeights },
  { method: "POST", path: "/save_weights_for_sampler", endpoint: saveForSampler },
  { method: "POST", path: "/load_weights", endpoint: loadWeights }
]
