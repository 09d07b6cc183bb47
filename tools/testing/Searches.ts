import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { builtIn, type fileSearch, findRipgrep, ripgrep } from "../search/index.ts"

/** For tests: everything that glob and grep may search with. All must answer alike. */
export const searches: Readonly<Record<"ripgrep" | "the built-in search", typeof fileSearch>> = {
  ripgrep: Layer.unwrap(
    Effect.flatMap(
      findRipgrep,
      (program) =>
        program === undefined ? Effect.die("there is no ripgrep for this machine") : Effect.succeed(ripgrep(program))
    )
      .pipe(Effect.provide(NodeServices.layer))
  ),
  "the built-in search": builtIn
}
