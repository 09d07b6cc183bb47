import { EngineError } from "./EngineError.ts"
import type { ModelConfig } from "../../models/ModelConfig.ts"

const checkIds = (config: ModelConfig, what: string, ids: ReadonlyArray<number>): void => {
  if (ids.length === 0) throw new EngineError("Unsupported", `The ${what} is empty. Give at least one token.`)
  const { vocabularySize } = config
  const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize)
  if (bad !== undefined) {
    throw new EngineError(
      "Tokenizer",
      `The ${what} has token id ${bad}, outside 0 to ${vocabularySize - 1}. Use this model's own tokenizer.`
    )
  }
}

const checkLength = (config: ModelConfig, length: number): void => {
  if (length <= config.contextLength) return
  throw new EngineError(
    "ContextTooLong",
    `${length} tokens do not fit into the model's context of ${config.contextLength}. `
      + "Start a fresh conversation or shorten it."
  )
}

/** How many tokens may follow a prompt; at least one must fit. */
export const roomAfter = (config: ModelConfig, promptIds: ReadonlyArray<number>): number => {
  checkIds(config, "prompt", promptIds)
  checkLength(config, promptIds.length + 1)
  return config.contextLength - promptIds.length
}

/** Prompt and completion without its last token: the ids whose outputs predict the completion. */
export const scoredSequence = (
  config: ModelConfig,
  promptIds: ReadonlyArray<number>,
  completionIds: ReadonlyArray<number>
): ReadonlyArray<number> => {
  checkIds(config, "prompt", promptIds)
  checkIds(config, "completion", completionIds)
  checkLength(config, promptIds.length + completionIds.length)
  return [...promptIds, ...completionIds.slice(0, -1)]
}
