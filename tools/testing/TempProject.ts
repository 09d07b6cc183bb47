import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Struct from "effect/Struct"
import { Checkpoints } from "../../core/Checkpoints.ts"
import type { CallArguments } from "../../core/domain/Call.ts"
import { Access } from "../../core/permissions/Access.ts"
import { Permissions } from "../../core/permissions/Permissions.ts"
import type { ToolServices } from "../../core/Tool.ts"
import { Jobs } from "../../core/Jobs.ts"
import { ToolMemory } from "../../core/ToolMemory.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { Workspace } from "../../core/Workspace.ts"
import { none } from "../runner/index.ts"
import { allTools, toolSandbox } from "../index.ts"
import { fileSearch } from "../search/index.ts"

/** For tests: what a test may use inside its own temporary project, with the real file system and real processes. */
type ProjectServices = ToolServices | ToolSandbox

/** Runs `use` in a temporary folder that holds `files` (path to content) and is removed afterwards. `search` is what glob and grep search with. */
export const inProject = <A, E>(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: Effect.Effect<A, E, ProjectServices>,
  search: typeof fileSearch = fileSearch
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const root = path.join(yield* fs.makeTempDirectoryScoped({ prefix: "continualcode-tools-" }), "project")
    yield* fs.makeDirectory(root)
    for (const [name, content] of Object.entries(files)) {
      const absolute = path.join(root, name)
      yield* fs.makeDirectory(path.dirname(absolute), { recursive: true })
      yield* typeof content === "string" ? fs.writeFileString(absolute, content) : fs.writeFile(absolute, content)
    }
    const project = Layer.mergeAll(
      toolSandbox(allTools, {
        outputs: path.join(path.dirname(root), "outputs"),
        checkpoints: path.join(path.dirname(root), "checkpoints"),
        search
      }),
      ToolMemory.layer(),
      Checkpoints.layer(),
      Jobs.layer,
      search
    ).pipe(
      Layer.provideMerge(Layer.merge(none(), Access.layer({ state: path.join(root, ".continualcode") }))),
      Layer.provide(Permissions.defaults()),
      Layer.provideMerge(Workspace.layer(root, { home: path.dirname(root) }))
    )
    return yield* Effect.provide(use, project)
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

/** Runs one call through the sandbox, as the loop does, with the facts beside its text. */
export const callWithMeta = Effect.fnUntraced(function*(tool: string, args: CallArguments) {
  const sandbox = yield* ToolSandbox
  return yield* sandbox.run({ id: "call-1", tool, arguments: args })
})

/** The same without those facts. */
export const callTool = (tool: string, args: CallArguments) =>
  Effect.map(callWithMeta(tool, args), (result) => Struct.omit(result, ["meta"]))

/** The text of a project file. */
export const fileText = Effect.fnUntraced(function*(name: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const workspace = yield* Workspace
  return yield* fs.readFileString(path.join(workspace.root, name))
})
