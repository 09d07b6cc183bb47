import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "effect/process/ChildProcess"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { FileSearch } from "../../core/FileSearch.ts"
import { builtIn } from "./BuiltIn.ts"
import { ripgrep } from "./Ripgrep.ts"

export { builtIn, ripgrep }

const OLDEST = 13

/** Whether a program is a ripgrep that has what a search needs. */
const isUsable = (program: string) =>
  Effect.flatMap(ChildProcessSpawner, (spawner) => spawner.string(ChildProcess.make(program, ["--version"]))).pipe(
    Effect.map((said) => Number(/^ripgrep (\d+)\./.exec(said)?.[1] ?? 0) >= OLDEST && said.includes("+pcre2")),
    Effect.orElseSucceed(() => false)
  )

/** The one that came with the package; undefined where there is none for this machine. */
const bundled = Effect.tryPromise(() => import("@vscode/ripgrep")).pipe(
  Effect.map(({ rgPath }) => rgPath),
  Effect.orElseSucceed(() => undefined)
)

/** The ripgrep to use: the machine's own, or the one that came with the package. */
export const findRipgrep = Effect.gen(function*() {
  if (yield* isUsable("rg")) return "rg"
  const program = yield* bundled
  return program !== undefined && (yield* isUsable(program)) ? program : undefined
})

/** Searches with ripgrep, and in this process where there is none. Which one it is, is found out at the first search. */
export const fileSearch: Layer.Layer<FileSearch, never, FileSystem.FileSystem | Path.Path | ChildProcessSpawner> = Layer
  .effect(
    FileSearch,
    Effect.gen(function*() {
      const services = yield* Effect.context<
        FileSystem.FileSystem | Path.Path | ChildProcessSpawner | Scope.Scope
      >()
      const chosen = yield* Effect.cached(
        findRipgrep.pipe(
          Effect.flatMap((program) => Layer.build(program === undefined ? builtIn : ripgrep(program))),
          Effect.map((context) => Context.get(context, FileSearch)),
          Effect.provideContext(services)
        )
      )
      return FileSearch.of({
        files: (...args) => Effect.flatMap(chosen, (search) => search.files(...args)),
        lines: (...args) => Effect.flatMap(chosen, (search) => search.lines(...args))
      })
    })
  )
