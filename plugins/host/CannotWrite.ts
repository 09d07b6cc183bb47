import type { PlatformError } from "effect/PlatformError"
import { type ConfigError, configError } from "../../core/config/Decode.ts"
import { remedyFor } from "../ledger/Remedies.ts"

/** A file or folder of ours that could not be written, with what can be done about it. */
export const cannotWrite = (place: string) => ({ reason }: PlatformError): ConfigError => {
  const told = reason.cause instanceof Error ? reason.cause.message : reason.message
  return configError(`${place} cannot be written. ${remedyFor(told) ?? told}`)
}
