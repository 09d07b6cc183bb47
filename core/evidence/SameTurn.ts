import * as Equal from "effect/Equal"
import type { Call } from "../domain/Call.ts"
import { parseToolCall } from "../prompt/ParseToolCall.ts"

type Asked = Pick<Call, "tool" | "arguments">

/** Whether two calls ask for the same thing: equal tool and equal arguments. */
export const sameCall = (a: Asked, b: Asked): boolean => a.tool === b.tool && Equal.equals(a.arguments, b.arguments)

/** Whether two turns come to the same: the same call with equal arguments, or, without a call, the same words. */
export const sameTurn = (a: string, b: string): boolean => {
  const [x, y] = [parseToolCall(a), parseToolCall(b)]
  return x._tag === "OneCall" && y._tag === "OneCall" ? sameCall(x, y) : x._tag === y._tag && a.trim() === b.trim()
}

/** Whether a turn makes exactly this call. */
export const makesCall = (text: string, call: Asked): boolean => {
  const turn = parseToolCall(text)
  return turn._tag === "OneCall" && sameCall(turn, call)
}

/** Whether two runs of token ids are equal. */
export const sameIds = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): boolean =>
  a.length === b.length && a.every((id, t) => id === b[t])
