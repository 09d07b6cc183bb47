import * as Effect from "effect/Effect"
import type { Call } from "../../../core/domain/Call.ts"
import { ToolSandbox } from "../../../core/ToolSandbox.ts"
import { builtinTools } from "../../../tools/index.ts"
import { machine } from "../../Machine.ts"
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
      Effect.provide(machine(root, builtinTools))
    )
    return result.success ? undefined : result.output
  }).pipe(Effect.scoped)
