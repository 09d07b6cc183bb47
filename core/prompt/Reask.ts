import type { AskedCall } from "../domain/Call.ts"
import type { ChatTool } from "../LoraBackend.ts"
import type { Model } from "../Model.ts"
import { reaskText } from "./ParseToolCall.ts"
import { spacedJson } from "./ToolCallText.ts"

type Reask = NonNullable<Model["Service"]["reask"]>

const written = ({ arguments: args, tool }: AskedCall): string => spacedJson({ name: tool, arguments: args })

/** The example of a call where nobody knows which was meant: of the first tool with one required argument. */
const exampleOf = (tools: ReadonlyArray<ChatTool>): AskedCall | undefined => {
  const [first] = tools.flatMap(({ function: { name, parameters } }) => {
    const required = typeof parameters === "object" && parameters !== null && "required" in parameters
      ? parameters.required
      : []
    const [only, ...more]: ReadonlyArray<unknown> = Array.isArray(required) ? required : []
    return typeof only === "string" && more.length === 0 ? [{ tool: name, arguments: { [only]: "…" } }] : []
  })
  return first
}

/**
 * Asks in another way at each try: with the name that comes nearest, then with the form of a call and an example of it, the call that may have
 * been meant where there is one.
 */
export const changingReask = (tools: ReadonlyArray<ChatTool>): Reask => ({ asked, reason, wanted }) => {
  const example = wanted ?? exampleOf(tools)
  if (asked === 0 || example === undefined) {
    return reaskText(wanted === undefined ? reason : `${reason} ${wanted.tool} comes nearest.`)
  }
  return `${reason} Write one JSON object with "name" and "arguments" and nothing else${
    wanted === undefined ? ", in this form" : ". If this is what you mean, write exactly this"
  }:\n${written(example)}`
}
