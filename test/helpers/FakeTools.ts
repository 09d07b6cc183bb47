import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Call } from "../../core/domain/Call.ts"
import type { Prospect } from "../../core/domain/Prospect.ts"
import type { ToolResult } from "../../core/domain/ToolResult.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import type { Instructions } from "../../core/workspace/Instructions.ts"
import { Workspace } from "../../core/Workspace.ts"

const known = ["read", "write", "edit_lines", "bash"]

export interface FakeToolsOptions {
  /** Every call run, in order. */
  readonly runs?: Array<Call>
  readonly run?: (call: Call) => Effect.Effect<ToolResult>
  /** What calls need, for permissions; without it the tools say nothing. */
  readonly needs?: ToolSandbox["Service"]["needs"]
  readonly preview?: (call: Call) => Effect.Effect<Prospect>
  /** Whether what a preview was worked out from is still so; without it, it is. */
  readonly holds?: (basis: string) => boolean
}

/** Four tools that take a string `path` and do nothing. */
export const fakeTools = (options: FakeToolsOptions = {}): Layer.Layer<ToolSandbox> =>
  Layer.succeed(
    ToolSandbox,
    ToolSandbox.of({
      name: "none",
      note: "Commands run with all your rights: install a sandbox.",
      describe: () =>
        known.map((name) => ({
          type: "function",
          function: { name, description: name, parameters: { type: "object" } }
        })),
      problem: (call) => {
        if (!known.includes(call.tool)) return `There is no tool ${call.tool}.`
        return typeof call.arguments["path"] === "string" ? undefined : "path must be a string."
      },
      needs: options.needs ?? (() => undefined),
      preview: options.preview ??
        ((call) => Effect.succeed({ _tag: "WouldRun", preview: { _tag: "Text", text: `would ${call.tool}` } })),
      run: (call, basis) =>
        Effect.suspend(() => {
          if (basis !== undefined && options.holds?.(basis) === false)
            return Effect.succeed({ output: "changed", success: false, outdated: true })
          options.runs?.push(call)
          return options.run?.(call) ?? Effect.succeed({ output: `ran ${call.tool}`, success: true })
        })
    })
  )

/** A workspace with one file, and what its AGENTS.md say. */
export const workspaceSaying = (instructions: ReadonlyArray<Instructions>): Layer.Layer<Workspace> =>
  Layer.succeed(
    Workspace,
    Workspace.of({
      root: "/work",
      resolve: (path) => Effect.succeed(`/work/${path}`),
      relative: (absolute) => absolute.replace("/work/", ""),
      instructions: Effect.succeed(instructions),
      listing: () => Effect.succeed({ files: ["a.js"], total: 1 })
    })
  )

export const fakeWorkspace = workspaceSaying([])
