import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { defaultPlaces } from "../../trainers/gpu/Places.ts"
import { findPython } from "../../trainers/gpu/python/Environment.ts"

/*
 * Tests on the real worker need a Python with torch. They run when there is one, by the same rule as the program's: the one
 * named in CONTINUALCODE_PYTHON, the environment that `npm run test:gpu` or a session made, or `python3` when it has what is
 * needed. Nothing is installed here. Without one they are skipped, under a name that says so.
 */

const named = process.env["CONTINUALCODE_PYTHON"]
const home = process.env["XDG_CACHE_HOME"]

const found = await Effect.runPromise(
  findPython({
    cacheDirectory: home === undefined ? defaultPlaces().cacheDirectory : join(home, "continualcode"),
    report: () => Effect.void,
    provision: false,
    ...(named === undefined ? {} : { python: named })
  }).pipe(Effect.result, Effect.provide(NodeServices.layer))
)

/** The Python for tests of the worker, or undefined. */
export const gpuPython: string | undefined = found._tag === "Success" ? found.success : undefined

/** Why there is none, to be the name of a skipped test. */
export const withoutGpuPython = found._tag === "Success"
  ? ""
  : `skipped: ${found.failure.message} Or run: npm run test:gpu`
