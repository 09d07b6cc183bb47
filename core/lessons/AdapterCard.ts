import * as Schema from "effect/Schema"
import { AdapterKey } from "../domain/LessonEntry.ts"

/** What goes with an exported adapter, so that it only comes back to the model it belongs to. */
export const AdapterCard = Schema.Struct({
  format: Schema.Literal("continualcode/adapter@1"),
  modelName: Schema.String,
  ...AdapterKey.fields,
  /** Lessons whose step is in the adapter. */
  lessons: Schema.Int,
  objective: Schema.String,
  /** Optimiser updates it has seen. */
  revision: Schema.Int,
  /** Milliseconds since 1970. */
  at: Schema.Number
})
export type AdapterCard = typeof AdapterCard.Type

/** Name of the card beside the weights. */
export const CARD_FILE = "continualcode.json"

export const adapterCardText = Schema.encodeSync(Schema.fromJsonString(AdapterCard))
export const readAdapterCard = Schema.decodeUnknownEffect(Schema.fromJsonString(AdapterCard))

/** Why an adapter with this card cannot be used here; undefined when it can. `source` names it. */
export const cardProblem = (card: AdapterCard, here: AdapterKey, source: string): string | undefined => {
  if (card.modelIdentity !== here.modelIdentity) {
    return `${source} was learned on the model ${card.modelName} (${card.modelIdentity}); here the model is `
      + `${here.modelIdentity}. An adapter only fits the weights it was learned on: start with that model_name.`
  }
  return card.shape === here.shape
    ? undefined
    : `${source} has ${card.shape}; here the adapter has ${here.shape}. Start with its lora_rank and lora_alpha.`
}

/** README.md of an exported adapter, as model hubs read it. */
export const modelCard = (card: AdapterCard): string =>
  `---
library_name: peft
base_model: ${card.modelName}
tags:
- continualcode
- lora
---

# What ${card.modelName} learned from corrections

A LoRA adapter in the PEFT layout, made by continualcode: a coding agent that learns from its user's corrections.

| | |
|---|---|
| base model | ${card.modelName} |
| base model's identity (over config and weights) | \`${card.modelIdentity}\` |
| adapter | ${card.shape} |
| lessons in it | ${card.lessons} |
| optimiser updates | ${card.revision} |
| objective | ${card.objective} |
| exported | ${new Date(card.at).toISOString().slice(0, 10)} |

It fits exactly the weights with the identity above. \`${CARD_FILE}\` holds the same facts for programs; bring it back with
\`continualcode lessons import FOLDER\`, which checks them. The lessons themselves are not in this folder, but what was learned
from them is: treat the weights like the conversations they came from.
`
