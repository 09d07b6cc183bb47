import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Stream from "effect/Stream"
import { type AskedCall, isAnswer } from "./domain/Call.ts"
import type { BackendError, LoraBackend, SampleRequest, Tokenizer } from "./LoraBackend.ts"
import { type ParsedTurn, parseToolCall } from "./prompt/ParseToolCall.ts"
import { toolCallText } from "./prompt/ToolCallText.ts"

/** What was said, and what it amounts to. */
export interface Said {
  readonly text: string
  readonly parsed: ParsedTurn
}

/** One turn of the model. Read once, where it is sampled or comes out of the ledger, and handed on as it is. */
export interface Turn extends Said {
  /** Its tokens, with the one that ends the turn unless it was cut off; length T. */
  readonly ids: ReadonlyArray<number>
  /** log p of `ids` when they were sampled, nats, length T; absent where nobody asked. */
  readonly logProbs?: ReadonlyArray<number>
}

export const said = (text: string): Said => ({ text, parsed: parseToolCall(text) })

/** A turn from its tokens and what they spell. */
export const readTurn = ({ ids, logProbs, text }: Pick<Turn, "ids" | "logProbs" | "text">): Turn => ({
  ...said(text),
  ids,
  ...(logProbs === undefined ? {} : { logProbs })
})

/** A text as the model would say it, end of turn included. */
export const writtenTurn = (tokenizer: Tokenizer, text: string): Turn =>
  readTurn({ text, ids: [...tokenizer.encode(text), ...tokenizer.stopIds.slice(0, 1)] })

/** A call as the model would make it. */
export const callTurn = (tokenizer: Tokenizer, call: AskedCall): Turn =>
  writtenTurn(tokenizer, toolCallText(call.tool, call.arguments))

/** What a lesson's call stands for, as the model would say it: the call, or the answer. */
export const saidTurn = (tokenizer: Tokenizer, call: AskedCall): Turn => {
  const { text } = call.arguments
  return isAnswer(call) && typeof text === "string" ? writtenTurn(tokenizer, text) : callTurn(tokenizer, call)
}

/** Samples one turn to its end. With `scored: false` nothing is known of its log-probabilities. */
export const sampleTurn = (
  backend: Pick<LoraBackend["Service"], "sample" | "tokenizer">,
  request: SampleRequest
): Effect.Effect<Turn, BackendError> =>
  Effect.map(Stream.runCollect(backend.sample(request)), (tokens) => {
    const ids = tokens.map(({ id }) => id)
    const text = backend.tokenizer.decode(ids)
    return readTurn(
      request.scored === false ? { ids, text } : { ids, text, logProbs: tokens.map(({ logProb }) => logProb) }
    )
  })

/** The call a turn makes; undefined when it makes none, or several. */
export const callOf = ({ parsed }: Said): AskedCall | undefined => parsed._tag === "OneCall" ? parsed : undefined

/** Whether two calls ask for the same thing: equal tool and equal arguments. */
export const sameCall = (a: AskedCall, b: AskedCall): boolean =>
  a.tool === b.tool && Equal.equals(a.arguments, b.arguments)

/** Whether two turns come to the same: the same call with equal arguments, or, without a call, the same words. */
export const sameTurn = (a: Said, b: Said): boolean => {
  const [x, y] = [callOf(a), callOf(b)]
  return x !== undefined && y !== undefined
    ? sameCall(x, y)
    : a.parsed._tag === b.parsed._tag && a.text.trim() === b.text.trim()
}

/** Whether a turn makes exactly this call. */
export const makesCall = (turn: Said, call: AskedCall): boolean => {
  const made = callOf(turn)
  return made !== undefined && sameCall(made, call)
}

/** Whether a turn can be read: one call, or words. */
export const isReadable = ({ parsed }: Said): boolean => parsed._tag !== "Unusable"

/** Whether two runs of token ids are equal. */
export const sameIds = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): boolean =>
  a.length === b.length && a.every((id, t) => id === b[t])
