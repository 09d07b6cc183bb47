import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { RunnerError } from "../../core/Runner.ts"

/** A folder for the temporary files of commands, real and absolute, that lasts as long as the runner. */
export const temporaryFolder = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  return yield* files.realPath(yield* files.makeTempDirectoryScoped({ prefix: "continualcode-tmp-" }))
}).pipe(Effect.mapError((cause) =>
  new RunnerError({
    reason: "Unusable",
    message: "No temporary folder can be made for commands. Make room in, or rights to, the folder TMPDIR names.",
    cause
  })
))
