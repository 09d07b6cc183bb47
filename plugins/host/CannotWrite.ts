import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import { type ConfigError, configError } from "../../core/config/Decode.ts"
import { messageOf } from "../../core/MessageOf.ts"
import { remedyFor } from "../ledger/Remedies.ts"
import { makeStateFolder } from "../ledger/StateFolder.ts"

const said = (place: string, cause: unknown, elsewhere?: string): ConfigError => {
  const told = messageOf(cause)
  return configError(`${place} cannot be written. ${remedyFor(told, elsewhere) ?? told}`, { reason: "Files", cause })
}

/** A file or folder of ours that could not be written, with what can be done about it; `elsewhere`: how to name another. */
export const cannotWrite = (place: string, elsewhere?: string) => ({ reason }: PlatformError): ConfigError =>
  said(place, reason.cause instanceof Error ? reason.cause : reason, elsewhere)

/** Makes a state folder where there is none, for what is to be written at `place` in it. */
export const stateFolder = (directory: string, place: string): Effect.Effect<void, ConfigError> =>
  Effect.try({
    try: () => makeStateFolder(directory),
    catch: (cause) => said(place, cause)
  })
