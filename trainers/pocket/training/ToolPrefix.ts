import { spacedJson } from "../../../core/prompt/ToolCallText.ts"
import { word } from "./Names.ts"
import type { Rng } from "./Rng.ts"

/** The opening of the system turn, up to the system text, as the model's chat template writes it. */
export const toolPrefix = (tools: ReadonlyArray<unknown>): string =>
  tools.length === 0
    ? "<|im_start|>system\n"
    : `<|im_start|>system\n# Tools\n\n<tools>\n${tools.map(spacedJson).join("\n")}\n</tools>\n\n`
      + `To call one, write\n<tool_call>\n{"name": <name>, "arguments": <object>}\n</tool_call>\n\n`

interface ToolLike {
  readonly type: string
  readonly function: { readonly name: string; readonly description: string; readonly parameters: unknown }
}

/** The tool list in another order, with some foreign tools or descriptions, so that the model does not lean on its exact text. */
export const variedTools = (rng: Rng, tools: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const shuffled = rng.shuffle(tools as ReadonlyArray<ToolLike>).map((tool) =>
    rng.chance(0.3)
      ? {
        ...tool,
        function: { ...tool.function, description: Array.from({ length: 2 + rng.below(6) }, () => word(rng)).join(" ") }
      }
      : tool
  )
  const foreign = Array.from({ length: rng.below(3) }, () => ({
    type: "function",
    function: {
      name: word(rng),
      description: Array.from({ length: 2 + rng.below(4) }, () => word(rng)).join(" "),
      parameters: { type: "object", properties: { [word(rng)]: { type: "string" } }, required: [] }
    }
  }))
  return rng.shuffle([...shuffled, ...foreign])
}
