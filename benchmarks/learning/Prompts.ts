import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Message } from "../../core/domain/Message.ts"
import { LoraBackend, type SampledToken } from "../../core/LoraBackend.ts"
import { currentWeights, type Weights } from "../../core/Weights.ts"
import { chatMessage } from "../../core/prompt/ChatMessages.ts"
import { systemPrompt } from "../../core/prompt/SystemPrompt.ts"
import { toolCallText } from "../../core/prompt/ToolCallText.ts"
import { chatTool } from "../../core/ToolSchema.ts"
import { builtinTools } from "../../tools/index.ts"
import type { Alternative, PlainCall, Scene } from "../../trainers/pocket/training/Situation.ts"

const tools = builtinTools.map((tool) => chatTool(tool, "brief"))

const MAX_TOKENS = 320

export const callText = (call: PlainCall): string => toolCallText(call.tool, call.arguments)

/** What the agent's conversation holds when the call in question is due: the task and the calls before it. */
export const opening = (scene: Scene): ReadonlyArray<Message> => [
  { _tag: "User", text: scene.task },
  ...scene.preludes.flatMap((step): ReadonlyArray<Message> => [
    { _tag: "Assistant", text: callText(step.call) },
    { _tag: "ToolResult", call: { id: "", ...step.call }, output: step.result, success: true }
  ])
]

/** Token ids of the prompt that the agent would send: same system prompt, tools and template. */
export const promptIds = Effect.fnUntraced(function*(scene: Scene, messages: ReadonlyArray<Message>) {
  const { tokenizer } = yield* LoraBackend
  const system = systemPrompt({ files: scene.files, total: scene.files.length })
  return tokenizer.encodeChat([{ role: "system", content: system }, ...messages.map(chatMessage)], tools)
})

/** Samples one turn, under the current weights unless others are given; temperature 0 is greedy. */
export const sampleTurn = Effect.fnUntraced(
  function*(prompt: ReadonlyArray<number>, temperature: number, seed: number, weights: Weights = currentWeights) {
    const backend = yield* LoraBackend
    const tokens: ReadonlyArray<SampledToken> = yield* Stream.runCollect(
      backend.sample({ promptIds: prompt, maxTokens: MAX_TOKENS, temperature, topP: 1, seed, weights })
    )
    return {
      text: tokens.map((token) => token.text).join(""),
      promptIds: prompt,
      ids: tokens.map((token) => token.id),
      logProbs: tokens.map((token) => token.logProb)
    }
  }
)

/** The greedy call in a fresh conversation without any correction. */
export const freshCall = Effect.fnUntraced(function*(scene: Scene) {
  return (yield* sampleTurn(yield* promptIds(scene, opening(scene)), 0, 0)).text
})

/** The way of a scene with this id; every draw of a situation has the same ids. */
export const wayOf = (scene: Scene, id: string): Alternative => {
  const found = scene.alternatives.find((alternative) => alternative.id === id)
  if (found === undefined) throw new RangeError(`${scene.kind} has no way ${id}`)
  return found
}
