import * as Schema from "effect/Schema"

/** Arguments of a call: a JSON object. Values stay unknown until the tool's own parameter schema decodes them. */
export const CallArguments = Schema.Record(Schema.String, Schema.Unknown)
export type CallArguments = typeof CallArguments.Type

/** One tool call proposed by the model. `id` is unique within a session. */
export const Call = Schema.Struct({
  id: Schema.String,
  tool: Schema.String,
  arguments: CallArguments
})
export type Call = typeof Call.Type

/** A call before it has an id. */
export const AskedCall = Schema.Struct({ tool: Schema.NonEmptyString, arguments: CallArguments })
export type AskedCall = typeof AskedCall.Type

/** No tool has such a name. */
const ANSWER = "(answer)"

/** Stands for a turn of words, or one that could not be read, where a call is told of. */
export const answerAsCall = (id: string, text: string): Call => ({ id, tool: ANSWER, arguments: { text } })

/** Whether this stands for what was said instead of a call. */
export const isAnswer = ({ tool }: Pick<Call, "tool">): boolean => tool === ANSWER

/**
 * The exact tokens the model sampled for one turn.
 *
 * `ids` includes the end-of-turn token when it was sampled; `logProbs[i]` is the log-probability (nats, temperature 1) of
 * `ids[i]` at sampling time. Both have length T. `promptIds` is what the model was conditioned on, length P.
 */
export const Attempt = Schema.Struct({
  text: Schema.String,
  promptIds: Schema.Array(Schema.Int),
  ids: Schema.Array(Schema.Int),
  logProbs: Schema.Array(Schema.Number)
})
export type Attempt = typeof Attempt.Type
