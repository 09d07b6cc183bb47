import type { AskedCall } from "../domain/Call.ts"
import type { ChatTool } from "../LoraBackend.ts"
import { lessonTool } from "../ToolSchema.ts"
import { spacedJson } from "./ToolCallText.ts"

/** What an argument of this name may be, in an example. */
const VALUES: Readonly<Record<string, string>> = { command: "git status", path: "README.md", pattern: "TODO" }

/** A call as one JSON object, the form that every model can write. */
export const bareCallText = ({ arguments: args, tool }: AskedCall): string =>
  spacedJson({ name: tool, arguments: args })

/** A call to show as an example: of a tool that needs one argument, a command where there is such a tool. */
export const exampleCall = (tools: ReadonlyArray<ChatTool>): AskedCall | undefined => {
  const simple = tools.map(lessonTool).flatMap(({ name, required: [only, ...more] }) =>
    only !== undefined && more.length === 0
      ? [{ tool: name, arguments: { [only]: VALUES[only] ?? "…" } }]
      : []
  )
  return simple.find(({ arguments: args }) => "command" in args) ?? simple[0]
}
