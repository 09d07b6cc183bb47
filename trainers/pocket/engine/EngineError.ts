import type { BackendError } from "../../../core/LoraBackend.ts"

/** A failure of the engine, in the words of `BackendError`, for code that runs without Effect inside the worker. */
export class EngineError extends Error {
  readonly reason: BackendError["reason"]

  constructor(reason: BackendError["reason"], message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}
