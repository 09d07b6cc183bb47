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

const HUB_NAME = /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/

/**
 * README.md of an exported adapter, as model hubs read it. A base model that is not on the hub is only named in the text: the
 * hub would take the name for another one's.
 */
export const modelCard = (card: AdapterCard): string =>
  `---
library_name: peft
pipeline_tag: text-generation
${HUB_NAME.test(card.modelName) ? `base_model: ${card.modelName}\n` : ""}tags:
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

It fits exactly the weights with the identity above. \`${CARD_FILE}\` holds the same facts for programs.

## Use

Back in continualcode, which checks identity and shape: \`continualcode lessons import FOLDER\`. Elsewhere, with BASE the folder or
hub name of exactly those weights:

\`\`\`python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("BASE"), "FOLDER")
\`\`\`

It was trained with continualcode's system prompt and tools before each conversation, and does best under the same.

## What it is and is not

- It learned to make some tool calls in place of others, from one person's denials and edits, in one project.
- Each lesson was checked when it was learned. Nothing here says that all of them still hold together, or that they reach other
  projects: \`continualcode probe\` asks, in the project they come from.
- The lessons are not in this folder, but what was learned from them is: treat the weights like the conversations they came from.
- No licence is given here beyond that of the base model; add yours before you share it.
`
