import { BackendError } from "../../core/LoraBackend.ts"
import type { TinkerError } from "../tinker-sdk/index.ts"

/** The service's own words. */
const wordsOf = (error: TinkerError): string => "detail" in error ? error.detail : ""

const LOST = /not loaded|not found|invalid session|no such (model|session|sampler)/i

/**
 * Whether the model, sampler or result that was asked is no more, or not known any more: the service lost it in a restart, ended
 * its session, or an answer got lost. Asking again is of no use; making it anew is.
 */
export const isGone = (error: TinkerError): boolean => {
  switch (error._tag) {
    case "TinkerSessionLost":
    case "TinkerModelInDoubt":
    case "TinkerPromiseExpired":
      return true
    case "TinkerStatusError":
      return error.status === 404 || error.status === 410 || LOST.test(error.detail)
    case "TinkerRequestFailed":
      return LOST.test(error.detail)
    default:
      return false
  }
}

const FULL = /maximum number of .*adapters|no (free|more) (slot|adapter)|resource ?exhausted/i

const reasonOf = (error: TinkerError): BackendError["reason"] => {
  const words = wordsOf(error)
  if (/PromptTooLong|context length|too long/i.test(words)) return "ContextTooLong"
  if (/NonFinite|not finite/i.test(words)) return "NonFinite"
  return isGone(error) ? "WorkerCrashed" : "Internal"
}

const ANEW = "The model is made anew with the next try."

const messageOf = (error: TinkerError): string => {
  if (FULL.test(wordsOf(error))) {
    return `The service has no room for another model ("${
      wordsOf(error)
    }"). End other sessions on it, or have it started with `
      + "more room; docs/tinker.md has more."
  }
  switch (error._tag) {
    case "TinkerSessionLost":
      return `The service ended the session (${error.detail}). ${ANEW}`
    case "TinkerModelInDoubt":
      return `Nobody knows the model's weights since ${error.operation} (${error.detail}). ${ANEW}`
    case "TinkerPromiseExpired":
      return `The result of ${error.operation} is no longer kept. ${ANEW}`
    default:
      return error.message
  }
}

export const isTinkerError = (error: TinkerError | BackendError): error is TinkerError => error._tag !== "BackendError"

/** The service's failure in the backend's words. The message says what to do and never holds the key. */
export const asBackendError = (error: TinkerError | BackendError): BackendError =>
  isTinkerError(error)
    ? new BackendError({ reason: reasonOf(error), message: `Tinker: ${messageOf(error)}`, cause: error })
    : error

export const unsupported = (message: string): BackendError => new BackendError({ reason: "Unsupported", message })

export const internal = (message: string): BackendError => new BackendError({ reason: "Internal", message })
