import { hashText, seeded } from "./engine/Seeded.ts"
import type { FutureKind } from "./service/Futures.ts"

/** Whether the request takes effect before it goes wrong. */
export type Moment = "before" | "after"

/** What goes wrong with one request. Times in milliseconds, by the Clock. */
export type Fault =
  /** Answers with this status, and with a Retry-After-Ms if asked. A body of "" is what an edge proxy sends. */
  | {
    readonly _tag: "Status"
    readonly status: number
    readonly when: Moment
    readonly retryAfter?: number
    readonly body?: unknown
  }
  /** Breaks the connection. */
  | { readonly _tag: "Drop"; readonly when: Moment }
  /** Lets the request arrive, or its reply leave, later; others overtake it. */
  | { readonly _tag: "Delay"; readonly what: "request" | "reply"; readonly millis: number }
  /** Cuts the end of a binary reply off; other replies pass. One byte less is never a whole message. */
  | { readonly _tag: "Truncate"; readonly bytes: number }
  /** The result asked for is forgotten: 410 from now on. Only for retrieve_future. */
  | { readonly _tag: "Expire" }

/** What a plan sees of a request. */
export interface FaultyCall {
  readonly method: string
  /** Without base address and query, e.g. `/optim_step`. */
  readonly path: string
  readonly body: string
  /** How often the very same request came before. */
  readonly attempt: number
  /** What retrieve_future asks for. */
  readonly future: FutureKind | undefined
}

/** Decides what goes wrong. */
export type FaultPlan = (call: FaultyCall) => Fault | undefined

export const noFaults: FaultPlan = () => undefined

export interface ScriptedFault {
  readonly path: string
  /** Narrows retrieve_future to one kind. */
  readonly future?: FutureKind
  readonly fault: Fault
  /** How many matching requests it hits; default 1. */
  readonly times?: number
  /** How many matching requests pass first; default 0. */
  readonly after?: number
}

/** Faults by list: each hits the next requests that match it, the first entry that matches wins. */
export const scriptedFaults = (script: ReadonlyArray<ScriptedFault>): FaultPlan => {
  const state = script.map(({ after = 0, times = 1 }) => ({ after, times }))
  return ({ future, path }) => {
    for (const [index, entry] of script.entries()) {
      const left = state[index]!
      if (entry.path !== path || (entry.future !== undefined && entry.future !== future) || left.times === 0) continue
      if (left.after > 0) {
        left.after -= 1
        continue
      }
      left.times -= 1
      return entry.fault
    }
    return undefined
  }
}

export type FaultKind =
  | "timeout"
  | "throttle"
  | "server"
  | "billing"
  | "drop"
  | "slow"
  | "late"
  | "truncate"
  | "expire"
  | "proxy"

export interface SeededOptions {
  readonly seed: number
  /** Share of requests that go wrong, 0 to 1. Default 0.2. */
  readonly rate?: number
  /** Default: all but `expire` and `proxy`. */
  readonly kinds?: ReadonlyArray<FaultKind>
  /** How often in a row one request may fail, so that bounded retries suffice. Default 2. */
  readonly streak?: number
  /** Longest delay, milliseconds. Default 5,000. */
  readonly longest?: number
}

const common: ReadonlyArray<FaultKind> = [
  "timeout",
  "throttle",
  "server",
  "billing",
  "drop",
  "slow",
  "late",
  "truncate"
]

const faultOf = (kind: FaultKind, random: () => number, longest: number): Fault => {
  const when: Moment = random() < 0.5 ? "before" : "after"
  const millis = 1 + Math.floor(random() * longest)
  switch (kind) {
    case "timeout":
      return { _tag: "Status", status: 408, when }
    case "throttle":
      return { _tag: "Status", status: 429, when: "before", retryAfter: millis }
    case "server":
      return { _tag: "Status", status: [500, 502, 503, 504][Math.floor(random() * 4)]!, when }
    case "billing":
      return { _tag: "Status", status: 402, when: "before" }
    case "proxy":
      return { _tag: "Status", status: 400, when: "before", body: "" }
    case "drop":
      return { _tag: "Drop", when }
    case "slow":
      return { _tag: "Delay", what: "reply", millis }
    case "late":
      return { _tag: "Delay", what: "request", millis }
    case "truncate":
      return { _tag: "Truncate", bytes: 1 }
    case "expire":
      return { _tag: "Expire" }
  }
}

/**
 * Faults by chance. What happens to a request follows from the seed, its content and how often it came, not from what else is
 * under way, so equal seeds give equal faults in any interleaving. `expire` only hits samples: a training result that is gone
 * cannot be had again.
 */
export const seededFaults = (options: SeededOptions): FaultPlan => {
  const { kinds = common, longest = 5000, rate = 0.2, seed, streak = 2 } = options
  return ({ attempt, body, future, method, path }) => {
    if (attempt % (streak + 1) === streak) return undefined
    const random = seeded(hashText(`${seed} ${method} ${path} ${attempt} ${body}`))
    if (random() >= rate) return undefined
    const kind = kinds[Math.floor(random() * kinds.length)]
    if (kind === undefined || (kind === "expire" && future !== "sample")) return undefined
    return faultOf(kind, random, longest)
  }
}
