import { BackendError } from "../../core/LoraBackend.ts"
import type { TinkerError } from "../tinker-sdk/index.ts"

const wordsOf = (error: TinkerError): string => "detail" in error ? error.detail : ""

/** The service's failure in the backend's words. The message is the client's, which says what to do and never holds the key. */
export const asBackendError = (error: TinkerError): BackendError => {
  const words = wordsOf(error)
  const reason = /PromptTooLong|context length|too long/i.test(words)
    ? "ContextTooLong"
    : /NonFinite|not finite/i.test(words)
    ? "NonFinite"
    : error._tag === "TinkerSessionLost" || error._tag === "TinkerModelInDoubt"
    ? "WorkerCrashed"
    : "Internal"
  return new BackendError({ reason, message: `Tinker: ${error.message}` })
}

export const unsupported = (message: string): BackendError => new BackendError({ reason: "Unsupported", message })

export const internal = (message: string): BackendError => new BackendError({ reason: "Internal", message })
