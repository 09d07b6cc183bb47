import type { ChatTool } from "../LoraBackend.ts"
import type { Model } from "../Model.ts"
import { bareCallText, exampleCall } from "./CallExample.ts"
import { reaskText } from "./ParseToolCall.ts"

type Reask = NonNullable<Model["Service"]["reask"]>

/**
 * Asks in another way at each try: with the name that comes nearest, then with the form of a call and an example of it, the call that may have
 * been meant where there is one.
 */
export const changingReask = (tools: ReadonlyArray<ChatTool>): Reask => ({ asked, reason, wanted }) => {
  const example = wanted ?? exampleCall(tools)
  if (asked === 0 || example === undefined) {
    return reaskText(wanted === undefined ? reason : `${reason} ${wanted.tool} comes nearest.`)
  }
  return `${reason} Write one JSON object with "name" and "arguments" and nothing else${
    wanted === undefined ? ", in this form" : ". If this is what you mean, write exactly this"
  }:\n${bareCallText(example)}`
}
