import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { FileSearchError, SearchScope } from "../../core/FileSearch.ts"
import { Workspace } from "../../core/Workspace.ts"
import { componentsBelow } from "../../core/workspace/ConfinedPath.ts"
import { SEARCH_SECONDS } from "./Limits.ts"
import { type Refusal, refuse } from "./Outcome.ts"
import type { Place } from "./SeenPath.ts"

/** Advice for a path to search that leads nowhere. */
export const WHEN_MISSING = "leave path out to search the whole project"

/** What to search for a place, for glob and grep. */
export const searchScope = Effect.fnUntraced(function*({ absolute, info }: Place) {
  const { root } = yield* Workspace
  const path = yield* Path.Path
  const folder = info.type === "Directory"
  const inside = componentsBelow(path, root, absolute) !== undefined
  const scope: SearchScope = {
    root: inside ? root : folder ? absolute : path.dirname(absolute),
    base: absolute,
    folder,
    ignored: false
  }
  return scope
})

/** A function that gives a file's path relative to the folder that is searched, with forward slashes. */
export const belowBase = Effect.fnUntraced(function*({ base, folder }: SearchScope) {
  const path = yield* Path.Path
  const from = folder ? base : path.dirname(base)
  return (file: string): string => path.relative(from, file).split(path.sep).join("/")
})

/** Whether a file is where its name says, or a link to one below the root: a folder on the way may be a link by now. */
export const isBelow = Effect.fnUntraced(function*({ root }: SearchScope, file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const real = Option.getOrUndefined(yield* Effect.option(fs.realPath(file)))
  return real !== undefined && componentsBelow(path, root, real) !== undefined
})

/** Why a search could not be made, in words for the model. */
export const searchRefusal = ({ message, reason }: FileSearchError): Refusal => {
  switch (reason) {
    case "Pattern":
      return refuse(`the pattern is not a regular expression (${message}); escape special characters`)
    case "Slow":
      return refuse(`the pattern takes ${message}; avoid repeats inside repeats, as in (a+)+, or narrow the path`)
    case "Broken":
      return refuse(`${message}; use a command with bash instead, and tell the user`)
  }
}

export const TIME_IS_UP = `(stopped after ${SEARCH_SECONDS} s, so not all files were looked at; narrow the path)`
