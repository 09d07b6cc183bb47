import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Result from "effect/Result"
import { protectionOf } from "../permissions/Protected.ts"
import { spellings } from "./PathSpelling.ts"
import { WorkspaceError } from "./WorkspaceError.ts"

const MAX_LINKS = 40
/** Longest path that systems take, bytes. */
const MAX_PATH_BYTES = 4096

/** Path components of `absolute` below `root`, or undefined when it lies outside. A name such as `..a` is inside. */
export const componentsBelow = (path: Path.Path, root: string, absolute: string): ReadonlyArray<string> | undefined => {
  const relative = path.relative(root, absolute)
  if (relative === "") return []
  if (path.isAbsolute(relative)) return undefined
  const components = relative.split(path.sep)
  return components[0] === ".." ? undefined : components
}

/** Why no call may write here; what else is protected is for the rules to ask about. */
const closedReason = (components: ReadonlyArray<string>): string | undefined => {
  const protection = protectionOf(components)
  return protection?.kind === "state" ? protection.reason : undefined
}

interface Context {
  readonly fs: FileSystem.FileSystem
  readonly path: Path.Path
  /** Real absolute path of the workspace. */
  readonly root: string
  readonly home: string
}

const isMissing = (error: PlatformError.PlatformError): boolean => error.reason._tag === "NotFound"

/**
 * The real path of a file that may not exist yet: links are followed in the deepest existing ancestor, and a link whose
 * target is missing counts as its target, since writing through it would create that.
 */
const realPathOf = ({ fs, path }: Context, shown: string, absolute: string) => {
  const follow = (current: string, links: number): Effect.Effect<string, WorkspaceError> =>
    Effect.gen(function*() {
      const real = yield* Effect.result(fs.realPath(current))
      if (Result.isSuccess(real)) return real.success
      if (links > MAX_LINKS) {
        return yield* new WorkspaceError({
          reason: "Unreachable",
          path: shown,
          message: `${shown} goes through too many links; use another path`
        })
      }
      const parent = path.dirname(current)
      if (parent === current) return current
      const target = yield* Effect.option(fs.readLink(current))
      const realParent = yield* follow(parent, links)
      if (target._tag === "Some") return yield* follow(path.resolve(realParent, target.value), links + 1)
      if (isMissing(real.failure) || real.failure.reason._tag === "Unknown") {
        return path.join(realParent, path.basename(current))
      }
      const why = real.failure.reason._tag === "BadResource"
        ? "leads through a file as if that were a folder"
        : `cannot be reached (${real.failure.reason._tag})`
      return yield* new WorkspaceError({
        reason: "Unreachable",
        path: shown,
        message: `${shown} ${why}; use another path`,
        cause: real.failure
      })
    })
  return follow(absolute, 0)
}

/** Resolves a model's path to a real absolute one inside `root`; see `Workspace.resolve` for the rules. */
export const resolveConfined = Effect.fn("Workspace.resolve")(function*(
  context: Context,
  given: string,
  access: "read" | "write"
) {
  const { fs, path, root } = context
  const fail = (reason: WorkspaceError["reason"], message: string) =>
    new WorkspaceError({ reason, path: given, message })
  if (given.trim() === "") {
    return yield* fail("Spelling", "the path is empty; give a path relative to the project, or . for its root")
  }
  if (new TextEncoder().encode(given).length > MAX_PATH_BYTES) {
    return yield* fail("Spelling", `the path is longer than ${MAX_PATH_BYTES} bytes; give a shorter one`)
  }
  if (given.includes("\0")) return yield* fail("Spelling", "the path has a NUL character in it; give a plain path")

  const { existing, forNew } = spellings(given, context.home)
  let absolute = path.resolve(root, forNew)
  for (const spelling of existing) {
    const candidate = path.resolve(root, spelling)
    if (yield* Effect.orElseSucceed(fs.exists(candidate), () => false)) {
      absolute = candidate
      break
    }
  }

  const real = yield* realPathOf(context, given, absolute)
  const components = componentsBelow(path, root, real)
  if (components === undefined) {
    return yield* new WorkspaceError({
      reason: "Outside",
      path: given,
      real,
      message: `${given} is outside the project; only files in the project can be used`
    })
  }
  if (access === "write") {
    const reason = closedReason(components) ?? closedReason(componentsBelow(path, root, absolute) ?? [])
    if (reason !== undefined) {
      return yield* fail(
        "Protected",
        `${given} is protected from changes: ${reason}; ask the user to change it by hand`
      )
    }
  }
  return real
})
