import * as Effect from "effect/Effect"
import { messageOf } from "../MessageOf.ts"
import { WireError } from "./WireError.ts"

/** Runs a codec that throws; the binary reader's own complaints become WireErrors too. */
export const codec = <A>(side: "encode" | "decode", what: string, run: () => A): Effect.Effect<A, WireError> =>
  Effect.try({
    try: run,
    catch: (cause) =>
      cause instanceof WireError
        ? cause
        : new WireError({ side, what, detail: messageOf(cause) })
  })
