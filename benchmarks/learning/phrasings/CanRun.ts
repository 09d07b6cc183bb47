import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Call } from "../../../core/domain/Call.ts"
import { Access } from "../../../core/permissions/Access.ts"
import { Permissions } from "../../../core/permissions/Permissions.ts"
import { ToolSandbox } from "../../../core/ToolSandbox.ts"
import { Workspace } from "../../../core/Workspace.ts"
import { builtinTools } from "../../../tools/index.ts"
import { none } from "../../../tools/runner/index.ts"
import { toolSandbox } from "../../../tools/sandbox/index.ts"
import { type Files, lay } from "./Place.ts"

const SCRIPT = ".command"

/**
 * Why a call cannot run in a project of these files, if so. Calls of the file tools are made in a copy; a shell command is
 * only read by a shell, since it may do anything.
 */
export const whyNot = (call: Call, files: Files) =>
  Effect.gen(function*() {
    const { command } = call.arguments
    const isShell = call.tool === "bash" && typeof command === "string"
    const root = yield* lay(isShell ? { [SCRIPT]: command } : files)
    const tried = isShell ? { ...call, arguments: { command: `sh -n ${SCRIPT}` } } : call
    const result = yield* ToolSandbox.use(({ run }) => run(tried)).pipe(
      Effect.provide(
        toolSandbox(builtinTools).pipe(
          Layer.provide(Layer.merge(none(), Access.layer({ state: `${root}/.continualcode` }))),
          Layer.provide(Permissions.defaults()),
          Layer.provide(Workspace.layer(root))
        )
      )
    )
    return result.success ? undefined : result.output
  }).pipe(Effect.scoped)
