import * as Schema from "effect/Schema"

/**
 * Which weights to run: the adapter as it is now, the bare base model, or a named shadow copy of the adapter. A shadow that
 * was never blended is zero, so it reads as the base.
 */
export const Weights = Schema.Union([
  Schema.TaggedStruct("Current", {}),
  Schema.TaggedStruct("Base", {}),
  Schema.TaggedStruct("Shadow", { name: Schema.String })
]).pipe(Schema.toTaggedUnion("_tag"))
export type Weights = typeof Weights.Type
export const currentWeights: Weights = { _tag: "Current" }
export const baseWeights: Weights = { _tag: "Base" }
