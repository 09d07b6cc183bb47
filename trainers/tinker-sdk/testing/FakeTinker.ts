import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { Engine, EngineError } from "./engine/Engine.ts"
import { hashText } from "./engine/Seeded.ts"
import { type FaultPlan, noFaults } from "./Faults.ts"
import { deliver } from "./FaultyDelivery.ts"
import { type CheckpointKeeper, Checkpoints } from "./service/Checkpoints.ts"
import { type FutureKind, Futures, type QueueState } from "./service/Futures.ts"
import type { ConnectionDropped, FakeReply, FakeRequest } from "./service/Http.ts"
import { answer, pathBelow, prefixOf } from "./service/Router.ts"
import { Sessions } from "./service/Sessions.ts"
import { restarted } from "./service/Restart.ts"
import { unloadSession } from "./service/SessionRoutes.ts"
import type { World } from "./service/World.ts"
import { softmaxEngine } from "./softmax/SoftmaxEngine.ts"
import type { TraceEntry } from "./Trace.ts"

export interface FakeTinkerOptions {
  /** What trains and samples. Default: `softmaxEngine()`. */
  readonly engine?: Engine
  /** The only key that is let in. Default `tml-fake`. */
  readonly apiKey?: string
  /** Where the service says it is; a path in it is a prefix of every request's path. Default `http://tinker.test`. */
  readonly baseUrl?: string
  /** Time of every call, half before it arrives and half after. Default 0. */
  readonly latency?: Duration.Input
  /** Time of every training operation and sample. Default 0. */
  readonly operationTime?: Duration.Input
  /** How long a poll is held before it is told to come again. Default 10 seconds. */
  readonly hold?: Duration.Input
  /** Status of that answer. Default 408. */
  readonly pending?: 200 | 408
  /** A session without heartbeats for this long is over. Default 5 minutes. */
  readonly sessionTimeout?: Duration.Input
  /** How long a result can be fetched. Default 1 hour. */
  readonly futureLifetime?: Duration.Input
  /** Results up to this many bytes come at once even where only their size was asked for. Default 0. */
  readonly announceAbove?: number
  /** Whether training results and samples are binary for callers who accept that. Default true. */
  readonly binaryReplies?: boolean
  /** Whether forward_backward takes its older JSON body too. Default true. */
  readonly jsonRequests?: boolean
  /** Whether sampling knows topk_sample_logprobs and target_prompt_logprobs. Default true. */
  readonly newReadouts?: boolean
  /** Largest K of topk_prompt_logprobs. Default 20. */
  readonly topkLimit?: number
  /** Samples under way at a time. Default 2,000. */
  readonly maxConcurrentSamples?: number
  /** Answer of `client/config`. Default empty: every flag has its default in the client. */
  readonly clientConfig?: Readonly<Record<string, unknown>>
  /** How a checkpoint's archive is pointed at. Default `redirect`. */
  readonly archive?: "redirect" | "json"
  /** How many requests for an archive are told 503 before it is ready. Default 0. */
  readonly archiveBusy?: number
  /** How long a token from `auth/token` is good for. Default 1 hour. */
  readonly tokenLifetime?: Duration.Input
  /** Clients that say they are older are refused. Default 0.1.0. */
  readonly oldestClient?: string
  /**
   * Which forms of load_weights are taken: the one that names a model made before, as of old, or the one that names the session
   * and makes the model. Default both.
   */
  readonly loading?: ReadonlyArray<"model" | "session">
  /** Whether sessions can be finished. Default true; false: 404, as on servers without it. */
  readonly farewells?: boolean
  /** Models that can be loaded at a time. Default: any number. */
  readonly maxModels?: number
  /**
   * What gradients are of: the sum of all losses, as on the hosted service, or, as on SkyRL with JAX, each sequence's divided by
   * its weights' sum (its length where it has none) and their mean. Default sum.
   */
  readonly scaling?: "sum" | "length"
  /** Whether updates tell the gradient's norm, as SkyRL names it. Default false. */
  readonly reportNorms?: boolean
  /** Whether archives are found by kind and name, or by name alone, as on SkyRL. Default kind. */
  readonly archivePaths?: "kind" | "name"
  /** Checkpoints from before, and where new ones go: they outlive the service. Default: in memory. */
  readonly keep?: CheckpointKeeper
  /** Part of every id, so that two runs of a service share none. Default empty. */
  readonly run?: string
  readonly faults?: FaultPlan
}

/** One LoRA as the service holds it. */
export interface RunView {
  readonly id: string
  /** Every training operation that was carried out, in order. */
  readonly done: ReadonlyArray<{ readonly seqId: number; readonly kind: FutureKind }>
  /** Weights and optimiser; undefined when the model is not loaded. */
  readonly state: Effect.Effect<Uint8Array, EngineError> | undefined
}

/** The fake service: answers requests, and shows tests what it saw and did. */
export class FakeTinker extends Context.Service<FakeTinker, {
  readonly baseUrl: string
  readonly apiKey: string
  /** Answers one request; latency and faults included. */
  readonly handle: (request: FakeRequest) => Effect.Effect<FakeReply, ConnectionDropped>
  /** Requests so far, oldest first. */
  readonly trace: Effect.Effect<ReadonlyArray<TraceEntry>>
  readonly clearTrace: Effect.Effect<void>
  readonly setFaults: (plan: FaultPlan) => Effect.Effect<void>
  /** Lets nothing start; polls tell the state and the reason. */
  readonly pauseQueue: (state: QueueState, reason?: string) => Effect.Effect<void>
  readonly resumeQueue: Effect.Effect<void>
  /**
   * Starts the service anew. Saved states are always there afterwards. What is forgotten: the loaded models, as on a server that
   * keeps the rest in a database; or sessions, samplers and results too.
   */
  readonly restart: (forget: "models" | "all") => Effect.Effect<void>
  /** Ends a session as if its heartbeats had stopped. */
  readonly expireSession: (id: string) => Effect.Effect<void>
  /** Forgets a result: 410 from now on. */
  readonly expireFuture: (requestId: string) => Effect.Effect<void>
  readonly runs: Effect.Effect<ReadonlyArray<RunView>>
}>()("tinker-sdk/testing/FakeTinker") {
  static readonly layer = (options: FakeTinkerOptions = {}): Layer.Layer<FakeTinker> =>
    Layer.effect(FakeTinker, makeFakeTinker(options))
}

const millis = (input: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(input))

const makeWorld = Effect.fnUntraced(function*(options: FakeTinkerOptions): Effect.fn.Return<World, never, Scope.Scope> {
  const operationTime = options.operationTime ?? 0
  const baseUrl = (options.baseUrl ?? "http://tinker.test").replace(/\/$/, "")
  return {
    behaviour: {
      apiKey: options.apiKey ?? "tml-fake",
      baseUrl,
      prefix: prefixOf(baseUrl),
      sessionTimeout: millis(options.sessionTimeout ?? "5 minutes"),
      jsonRequests: options.jsonRequests ?? true,
      newReadouts: options.newReadouts ?? true,
      topkLimit: options.topkLimit ?? 20,
      maxConcurrentSamples: options.maxConcurrentSamples ?? 2000,
      clientConfig: options.clientConfig ?? {},
      archive: options.archive ?? "redirect",
      archivePaths: options.archivePaths ?? "kind",
      archiveBusy: options.archiveBusy ?? 0,
      tokenLifetime: millis(options.tokenLifetime ?? "1 hour"),
      oldestClient: options.oldestClient ?? "0.1.0",
      loading: options.loading ?? ["model", "session"],
      farewells: options.farewells ?? true,
      maxModels: options.maxModels ?? Infinity,
      scaling: options.scaling ?? "sum",
      reportNorms: options.reportNorms ?? false
    },
    engine: options.engine ?? softmaxEngine(),
    sessions: new Sessions(millis(options.sessionTimeout ?? "5 minutes"), options.run ?? ""),
    runs: new Map(),
    futures: new Futures({
      run: options.run ?? "",
      hold: millis(options.hold ?? "10 seconds"),
      lifetime: millis(options.futureLifetime ?? "1 hour"),
      pending: options.pending ?? 408,
      announceAbove: options.announceAbove ?? 0,
      binary: options.binaryReplies ?? true
    }),
    checkpoints: new Checkpoints(options.keep),
    samplers: new Map(),
    archives: new Map(),
    tokens: new Map(),
    gate: yield* Latch.make(true),
    pace: millis(operationTime) === 0 ? Effect.void : Effect.sleep(operationTime),
    scope: yield* Scope.Scope
  }
})

const REQUEST_ID = /"request_id"\s*:\s*"([^"]*)"/

/** Makes a fake service that lives as long as the scope. */
export const makeFakeTinker = Effect.fnUntraced(function*(
  options: FakeTinkerOptions = {}
): Effect.fn.Return<FakeTinker["Service"], never, Scope.Scope> {
  const world = yield* makeWorld(options)
  const { apiKey, baseUrl, prefix } = world.behaviour
  const half = millis(options.latency ?? 0) / 2
  const travel = half === 0 ? Effect.void : Effect.sleep(Duration.millis(half))
  const attempts = new Map<string, number>()
  let faults = options.faults ?? noFaults
  let trace: Array<TraceEntry> = []
  yield* Effect.addFinalizer(() => Effect.forEach(world.runs.values(), (run) => run.unload(), { discard: true }))

  const handle = Effect.fnUntraced(function*(request: FakeRequest): Effect.fn.Return<FakeReply, ConnectionDropped> {
    const path = pathBelow(prefix, request.path) ?? request.path
    const text = new TextDecoder("latin1").decode(request.body)
    const asked = path === "/retrieve_future" ? world.futures.find(REQUEST_ID.exec(text)?.[1] ?? "") : undefined
    const name = `${request.method} ${path} ${hashText(text)} ${text.length}`
    const attempt = attempts.get(name) ?? 0
    attempts.set(name, attempt + 1)
    const fault = faults({ method: request.method, path, body: text, attempt, future: asked?.kind })

    const { "x-api-key": _, ...headers } = request.headers
    const index = trace.push({
      at: yield* Clock.currentTimeMillis,
      doneAt: undefined,
      method: request.method,
      path,
      headers,
      body: request.body,
      status: undefined,
      replyBytes: 0,
      fault
    }) - 1
    const entries = trace
    const finish = (reply: FakeReply | undefined) =>
      Effect.map(Clock.currentTimeMillis, (doneAt) => {
        entries[index] = {
          ...entries[index]!,
          doneAt,
          status: reply?.status,
          replyBytes: reply?.body.length ?? 0
        }
      })
    const expire = Effect.sync(() => {
      if (asked !== undefined) asked.expired = true
    })
    return yield* travel.pipe(
      Effect.andThen(deliver(fault, answer(world, request), expire)),
      Effect.tap(() => travel),
      Effect.tap((reply) => finish(reply)),
      Effect.tapError(() => finish(undefined))
    )
  })

  return FakeTinker.of({
    baseUrl,
    apiKey,
    handle,
    trace: Effect.sync(() => [...trace]),
    clearTrace: Effect.sync(() => {
      trace = []
    }),
    setFaults: (plan) =>
      Effect.sync(() => {
        faults = plan
      }),
    pauseQueue: (state, reason) =>
      Effect.suspend(() => {
        world.futures.queueState = state
        world.futures.queueReason = reason
        return Effect.asVoid(world.gate.close)
      }),
    resumeQueue: Effect.suspend(() => {
      world.futures.queueState = "active"
      world.futures.queueReason = undefined
      return Effect.asVoid(world.gate.open)
    }),
    restart: (forget) => restarted(world, forget),
    expireSession: (id) =>
      Effect.suspend(() => {
        const session = world.sessions.find(id)
        if (session === undefined || session.ended !== "no") return Effect.void
        session.ended = "expired"
        return unloadSession(world, session)
      }),
    expireFuture: (requestId) =>
      Effect.sync(() => {
        const future = world.futures.find(requestId)
        if (future !== undefined) future.expired = true
      }),
    runs: Effect.sync(() =>
      [...world.runs.values()].map((run): RunView => ({
        id: run.parts.id,
        done: [...run.done],
        state: run.loaded ? run.adapter?.save : undefined
      }))
    )
  })
})
