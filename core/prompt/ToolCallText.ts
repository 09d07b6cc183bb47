import type { Call, CallArguments } from "../domain/Call.ts"

/** JSON with a space after `:` and `,`, as Python's json.dumps and so the chat templates write it. */
export const spacedJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`
  if (typeof value === "object" && value !== null) {
    return `{${
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${JSON.stringify(key)}: ${spacedJson(item)}`)
        .join(", ")
    }}`
  }
  return JSON.stringify(value)
}

/** A call as the model writes it: one JSON object between `<tool_call>` tags. */
export const toolCallText = (tool: string, args: CallArguments): string =>
  `<tool_call>\n${spacedJson({ name: tool, arguments: args })}\n</tool_call>`

/** The correction that an edit stands for: the call the human wants instead. */
export const editCorrection = (edited: Call): string =>
  `make this call instead: ${spacedJson({ name: edited.tool, arguments: edited.arguments })}`
