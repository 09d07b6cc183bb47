import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { defaultPlaces } from "../../trainers/models/Places.ts"
import { findPython } from "../../trainers/gpu/python/Environment.ts"
import { environment } from "../../trainers/gpu/worker/tests/WorkerTests.ts"

/*
 * Tests on the real worker need a Python with torch. They run when there is one, by the program's own rule: the one named in
 * CONTINUALCODE_PYTHON, else the environment that `npm run test:gpu` made, else the one that a session made, else `python3`
 * when it has what is needed. Nothing is installed here. Without one they are skipped, under a name that says so;
 * `npm run test:gpu` allows no skipping.
 */

const forTests = join(environment.UV_PROJECT_ENVIRONMENT, "bin", "python")
const named = process.env["CONTINUALCODE_PYTHON"]
const places = { cacheDirectory: defaultPlaces().cacheDirectory, report: () => Effect.void, provision: false }
const only = (python: string | undefined) =>
  findPython({ ...places, ...(python === undefined ? {} : { python }) }).pipe(
    Effect.result,
    Effect.provide(NodeServices.layer)
  )

const search = named !== undefined
  ? only(named)
  : existsSync(forTests)
  ? Effect.flatMap(only(forTests), (made) => made._tag === "Success" ? Effect.succeed(made) : only(undefined))
  : only(undefined)
const found = await Effect.runPromise(search)

if (found._tag === "Failure" && process.env["CONTINUALCODE_GPU_TESTS"] === "required") {
  throw new Error(found.failure.message)
}

/** The Python for tests of the worker, or undefined. */
export const gpuPython: string | undefined = found._tag === "Success" ? found.success : undefined

/** Why there is none, to be the name of a skipped test. */
export const withoutGpuPython = found._tag === "Success"
  ? ""
  : `skipped: ${found.failure.message} Or run: npm run test:gpu`
