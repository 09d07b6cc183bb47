import * as Layer from "effect/Layer"
import { Access } from "../core/permissions/Access.ts"
import { Permissions } from "../core/permissions/Permissions.ts"
import { Workspace } from "../core/Workspace.ts"
import { toolSandbox } from "../tools/index.ts"
import { none } from "../tools/runner/index.ts"

/** Tools in the project at `root` with the permissions that hold by default, and nothing around their commands. */
export const machine = (root: string, tools: Parameters<typeof toolSandbox>[0]) =>
  toolSandbox(tools).pipe(
    Layer.provideMerge(Layer.merge(none(), Access.layer({ state: `${root}/.continualcode` }))),
    Layer.provideMerge(Permissions.defaults()),
    Layer.provideMerge(Workspace.layer(root))
  )
