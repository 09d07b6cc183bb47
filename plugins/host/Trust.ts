import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { userFile } from "./UserFile.ts"

/** Trusted workspaces by real path: the files of each whose code was agreed to, and their content when it last ran. */
const trustedWorkspaces = userFile(
  "trusted.json",
  Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.String)),
  {}
)

/** What a workspace would run of its own, and whether its user agreed to that. */
export type Trust =
  | { readonly _tag: "Trusted" }
  /** Agreed to once; the content is another now. */
  | { readonly _tag: "Changed"; readonly files: ReadonlyArray<string> }
  /** Never agreed to: nothing of it may run. */
  | { readonly _tag: "Unknown"; readonly files: ReadonlyArray<string> }

const hashOf = Effect.fnUntraced(function*(file: string) {
  const files = yield* FileSystem.FileSystem
  return createHash("sha256").update(yield* files.readFile(file)).digest("hex")
})

/** How a workspace (real path) stands that would run the code in `files` (absolute paths). */
export const trustOf = Effect.fn("Trust.trustOf")(function*(workspace: string, files: ReadonlyArray<string>) {
  const known = (yield* trustedWorkspaces.read)[workspace] ?? {}
  const unknown = files.filter((file) => known[file] === undefined)
  if (unknown.length > 0) return { _tag: "Unknown", files: unknown } satisfies Trust as Trust
  const changed = yield* Effect.filter(files, (file) => Effect.map(hashOf(file), (hash) => hash !== known[file]))
  return changed.length > 0
    ? { _tag: "Changed", files: changed } satisfies Trust as Trust
    : { _tag: "Trusted" } satisfies Trust as Trust
})

/** From now on the workspace may run the code in `files`. The list lies with the user: no project can bring its own. */
export const trust = Effect.fn("Trust.trust")(function*(workspace: string, files: ReadonlyArray<string>) {
  const all = yield* trustedWorkspaces.read
  const hashes = yield* Effect.forEach(files, (file) => Effect.map(hashOf(file), (hash) => [file, hash] as const))
  yield* trustedWorkspaces.write({ ...all, [workspace]: { ...all[workspace], ...Object.fromEntries(hashes) } })
})

/** What is asked before code of a workspace runs for the first time. */
export const trustQuestion = (workspace: string, files: ReadonlyArray<string>): string =>
  [
    `${workspace} has code of its own that would run here with your rights:`,
    ...files.map((file) => `  ${file}`),
    "Whoever wrote the project wrote it. Look at it first where that is not you."
  ].join("\n")
