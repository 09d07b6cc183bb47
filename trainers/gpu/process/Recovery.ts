import { BackendError } from "../../../core/LoraBackend.ts"
import type { Input, Operation } from "../protocol/Messages.ts"
import type { Answer } from "./Connection.ts"

/** How to bring the adapter back: from the seed it was drawn from, or from a snapshot. */
export type Kept =
  | { readonly _tag: "Seed"; readonly seed: number; readonly revision: 0 }
  | { readonly _tag: "Snapshot"; readonly bytes: Uint8Array; readonly revision: number }

/** What is known of the adapter, for the day its worker ends. A value: each change makes the next one. */
export interface Recovery {
  readonly kept: Kept
  readonly revision: number
  /** The worker's adapter has changed since `kept`. */
  readonly ahead: boolean
  readonly gradient: "none" | "held" | "lost"
  /** Something acknowledged was lost while nobody waited for an answer: the next operation is told. */
  readonly untold: BackendError | undefined
  /** Ends without a successful operation in between. */
  readonly failures: number
  /** Why no worker is started any more. */
  readonly givenUp: BackendError | undefined
}

/** Operations after which nothing of the adapter before matters. */
const REPLACES: ReadonlySet<Operation> = new Set<Operation>(["restore", "reset", "importPeft"])
const CHANGES: ReadonlySet<Operation> = new Set<Operation>(["update", "blendShadow", "importPeft"])

export const DOCTOR = "Run `continualcode doctor` to see what is wrong."

export const crashed = (message: string): BackendError => new BackendError({ reason: "WorkerCrashed", message })

export const fromSeed = (seed: number): Recovery => ({
  kept: { _tag: "Seed", seed, revision: 0 },
  revision: 0,
  ahead: false,
  gradient: "none",
  untold: undefined,
  failures: 0,
  givenUp: undefined
})

/** A new worker has the kept adapter. */
export const broughtBack = (before: Recovery): Recovery => ({
  ...before,
  revision: before.kept.revision,
  ahead: false
})

/** A snapshot of the adapter as it is now. */
export const withSnapshot = (before: Recovery, bytes: Uint8Array): Recovery => ({
  ...before,
  kept: { _tag: "Snapshot", bytes, revision: before.revision },
  ahead: false
})

/** The worker has ended, for `cause`: what is left, what was lost in a sentence or two, and whether a change was. */
export const afterLoss = (
  before: Recovery,
  cause: string,
  restarts: number
): { readonly state: Recovery; readonly error: BackendError; readonly lostChange: boolean } => {
  const failures = before.failures + 1
  const lostChange = before.ahead
  const state: Recovery = {
    ...broughtBack(before),
    gradient: before.gradient === "held" ? "lost" : before.gradient,
    failures
  }
  if (failures > restarts) {
    const error = crashed(
      `The GPU backend's worker ${cause}. That is ${failures} times in a row, so it is not started again. `
        + `Everything learned is in the ledger. ${DOCTOR}`
    )
    return { state: { ...state, givenUp: error }, error, lostChange }
  }
  const adapter = lostChange
    ? `The adapter goes back to its last saved state (revision ${state.revision}, it was at ${before.revision})`
    : `The adapter is as it was (revision ${state.revision})`
  return {
    state,
    error: crashed(`The GPU backend's worker ${cause}. ${adapter}; the worker is started again.`),
    lostChange
  }
}

/** Why an operation is not begun, said once; undefined: it is. */
export const refusal = (
  before: Recovery,
  operation: Operation
): { readonly state: Recovery; readonly error: BackendError } | undefined => {
  if (before.untold !== undefined && !REPLACES.has(operation) && operation !== "discard") {
    return { state: { ...before, untold: undefined }, error: before.untold }
  }
  if (operation === "update" && before.gradient === "lost") {
    const error = crashed(
      "The accumulated gradient was lost when the worker stopped. Nothing was changed; make the step again."
    )
    return { state: { ...before, gradient: "none" }, error }
  }
  return undefined
}

const gradientAfter = (before: Recovery["gradient"], operation: Operation): Recovery["gradient"] => {
  if (operation === "forwardBackward") return before === "lost" ? "lost" : "held"
  return operation === "discard" || operation === "update" || REPLACES.has(operation) ? "none" : before
}

/** What a success means for the state to come back to. `restored`: the bytes that a restore was given. */
export const afterSuccess = <Name extends Operation>(
  before: Recovery,
  operation: Name,
  input: Input<Name>,
  answer: Answer<Name>,
  restored: Uint8Array | undefined
): Recovery => {
  const state: Recovery = {
    ...before,
    revision: answer.revision,
    failures: 0,
    gradient: gradientAfter(before.gradient, operation),
    untold: REPLACES.has(operation) ? undefined : before.untold
  }
  if (operation === "snapshot") return withSnapshot(state, answer.payload)
  if (operation === "restore" && restored !== undefined) return withSnapshot(state, restored)
  if (operation === "reset" && "seed" in input && typeof input.seed === "number") {
    return { ...state, kept: { _tag: "Seed", seed: input.seed, revision: 0 }, ahead: false }
  }
  return CHANGES.has(operation) ? { ...state, ahead: true } : state
}

/** Whether an operation is followed by a snapshot: what came from a file always is, updates where each one is kept. */
export const isKept = (operation: Operation, keep: "commit" | "update"): boolean =>
  CHANGES.has(operation) && (keep === "update" || operation === "importPeft")
