import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { AskedCall, Attempt } from "./domain/Call.ts"
import type { ContextUse } from "./domain/Event.ts"
import type { Message } from "./domain/Message.ts"
import type { Said, Turn } from "./Turn.ts"

/** The model could not answer. Ends with what the person can do. */
export class ModelError extends Schema.TaggedError<ModelError>()("ModelError", {
  /** `ContextTooLong`: the conversation does not fit. `Unfinished`: the turn never ended. `Backend`: whoever answers failed. */
  reason: Schema.Literals(["ContextTooLong", "Unfinished", "Backend"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

export type ModelChunk =
  /** First: what the turn is sampled from. Models that cannot tell leave it out. */
  | { readonly _tag: "Prompted"; readonly context: ContextUse }
  | { readonly _tag: "Delta"; readonly text: string }
  | { readonly _tag: "Finished"; readonly attempt: Attempt; readonly finish: "stop" | "length" }

/** What the loop sees of a language model. Derived from a LoraBackend, or from another provider when training is off. */
export class Model extends Context.Service<Model, {
  readonly name: string
  /**
   * What the model is told after a turn that could not be used, `asked` times before in this turn; `wanted` is the call that it may have
   * meant. Absent: always the same.
   */
  readonly reask?: (problem: {
    readonly reason: string
    readonly asked: number
    readonly wanted?: AskedCall
  }) => string
  /** As a backend's: what happens beside the turns and a human should know. */
  readonly notices?: Stream.Stream<string>
  /** Token ids of the prompt for the next assistant turn, fitted to the context window. */
  readonly promptIds: (conversation: ReadonlyArray<Message>) => Effect.Effect<ReadonlyArray<number>, ModelError>
  /** Samples one turn, streaming its text; the last chunk is `Finished`. `seed` picks the sample. */
  readonly sample: (request: {
    readonly conversation: ReadonlyArray<Message>
    readonly seed: number
  }) => Stream.Stream<ModelChunk, ModelError>
  /**
   * The likeliest turn of those that `isWanted`, when `refused`, which it would say, is ruled out; undefined where there is none.
   * Absent: other samples are all that can be had.
   */
  readonly another?: (request: {
    readonly promptIds: ReadonlyArray<number>
    readonly refused: Turn
    readonly isWanted: (turn: Said) => Effect.Effect<boolean>
    readonly seed: number
  }) => Effect.Effect<Turn | undefined, ModelError>
}>()("continualcode/Model") {}
