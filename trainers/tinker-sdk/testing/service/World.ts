import type * as Effect from "effect/Effect"
import type * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import type { Engine, Weights } from "../engine/Engine.ts"
import type { Checkpoints } from "./Checkpoints.ts"
import type { Futures } from "./Futures.ts"
import type { FakeReply, FakeRequest, Refusal } from "./Http.ts"
import type { Numbered, Sessions } from "./Sessions.ts"
import type { TrainingRun } from "./TrainingRun.ts"

/** Something to sample from. */
export interface Sampler {
  readonly id: string
  readonly sessionId: string
  readonly weights: Weights
  /** The model whose weights it has; undefined for the base model's and those of a checkpoint. */
  readonly runId: string | undefined
  /** Set when it was made from a saved checkpoint, which may go away. */
  readonly modelPath: string | undefined
  readonly requests: Numbered<string>
  /** The service was started anew since, and does not have the model any more. */
  readonly forgotten: boolean
}

/** How this service behaves; times in milliseconds. */
interface Behaviour {
  readonly apiKey: string
  /** In front of `/api/v1`, without a slash at its end. */
  readonly baseUrl: string
  /** The path of the base address. */
  readonly prefix: string
  readonly sessionTimeout: number
  readonly jsonRequests: boolean
  readonly newReadouts: boolean
  readonly topkLimit: number
  readonly maxConcurrentSamples: number
  readonly clientConfig: Readonly<Record<string, unknown>>
  readonly archive: "redirect" | "json"
  readonly archivePaths: "kind" | "name"
  /** How often an archive is answered with 503 before it is ready. */
  readonly archiveBusy: number
  readonly tokenLifetime: number
  readonly oldestClient: string
  readonly loading: ReadonlyArray<"model" | "session">
  readonly farewells: boolean
  readonly maxModels: number
  readonly scaling: "sum" | "length"
  readonly reportNorms: boolean
}

/** All that the service knows. */
export interface World {
  readonly behaviour: Behaviour
  readonly engine: Engine
  readonly sessions: Sessions
  readonly runs: Map<string, TrainingRun>
  readonly futures: Futures
  readonly checkpoints: Checkpoints
  readonly samplers: Map<string, Sampler>
  /** How often each archive will still be answered with 503, by path. */
  readonly archives: Map<string, number>
  /** Tokens given for the key, and when each ends. */
  readonly tokens: Map<string, number>
  readonly gate: Latch.Latch
  readonly pace: Effect.Effect<void>
  readonly scope: Scope.Scope
}

/** A request whose key was checked: the matched parts of its path, its query and its JSON body. */
export interface Call {
  readonly params: ReadonlyArray<string>
  readonly query: URLSearchParams
  readonly body: unknown
  readonly request: FakeRequest
  readonly now: number
}

export type Endpoint = (world: World, call: Call) => Effect.Effect<FakeReply, Refusal>

export interface Route {
  readonly method: string
  /** Below `/api/v1`; `:name` matches one part. */
  readonly path: string
  readonly endpoint: Endpoint
  /** Binary bodies are read by the endpoint. */
  readonly binary?: boolean
  /** Answered without a key. */
  readonly open?: boolean
}
