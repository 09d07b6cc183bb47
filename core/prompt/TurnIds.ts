import type { Tokenizer } from "../LoraBackend.ts"

/** A turn's text as the ids the model would sample for it: the text and what ends the turn. */
export const turnIds = (tokenizer: Tokenizer, text: string): ReadonlyArray<number> => [
  ...tokenizer.encode(text),
  ...tokenizer.stopIds.slice(0, 1)
]
