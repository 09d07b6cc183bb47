import type { Call } from "../../core/domain/Call.ts"
import type { Tokenizer } from "../../core/LoraBackend.ts"
import { spacedJson } from "../../core/prompt/ToolCallText.ts"
import { callTurn, type Turn, writtenTurn } from "../../core/Turn.ts"

/** A call as JSON with what stands around it: tags, a fence, or nothing. */
const WRITTEN =
  /^(\s*(?:```\w*\s*|<tool_call>\s*)?)\{\s*"name"\s*:[\s\S]*"(arguments|parameters)"\s*:[\s\S]*?(\s*(?:```|<\/tool_call>)?\s*)$/

/**
 * A call in the form that an attempt has, so that a model that writes its calls without tags, or in a fence, need not learn another
 * way of writing as well. In the usual form where the attempt makes no call.
 */
export const callLike = (
  tokenizer: Tokenizer,
  { text }: Pick<Turn, "text">,
  call: Pick<Call, "tool" | "arguments">
): Turn => {
  const [, before = "", key = "", after = ""] = WRITTEN.exec(text) ?? []
  return key === ""
    ? callTurn(tokenizer, call)
    : writtenTurn(tokenizer, `${before}${spacedJson({ name: call.tool, [key]: call.arguments })}${after}`)
}
