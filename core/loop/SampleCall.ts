import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { answerAsCall, type AskedCall, type Attempt } from "../domain/Call.ts"
import type { Message } from "../domain/Message.ts"
import { reasonOf, type WouldRun } from "../domain/Prospect.ts"
import { isUnreadableCommand } from "../guard/ShellSyntax.ts"
import { Model, ModelError } from "../Model.ts"
import { reaskText } from "../prompt/ParseToolCall.ts"
import { ToolSandbox } from "../ToolSandbox.ts"
import { callOf, readTurn, type Said, sameCall, type Turn } from "../Turn.ts"
import { wantedIn } from "./Instead.ts"
import type { Proposal, Session } from "./Session.ts"
import { remember } from "./Session.ts"

/** How often the model is asked for one turn before the human gets the word back. */
const ASK_LIMIT = 3

const ONLY_DENIED = "It found none beside those you denied."

export type Sampled =
  | { readonly _tag: "Words"; readonly text: string; readonly cut: boolean; readonly unusable: Unusable }
  | { readonly _tag: "Proposed"; readonly proposal: Proposal; readonly prospect: WouldRun }
  /** `unusable`: what it said first. */
  | { readonly _tag: "GaveUp"; readonly reason: string; readonly unusable?: Unusable }

/** What was said where no call came that can run, and the conversation before it. */
export interface Unusable extends Proposal {
  readonly turn: Said
  readonly conversation: ReadonlyArray<Message>
}

/** A turn, and the record of how it was sampled. */
interface Sample {
  readonly attempt: Attempt
  readonly turn: Turn
}

const sampleOnce = Effect.fnUntraced(function*(session: Session) {
  const model = yield* Model
  const conversation = yield* Ref.get(session.conversation)
  const seed = yield* session.nextSeed
  yield* session.announce({ _tag: "ThinkingStarted" })
  const finished: Array<{ readonly attempt: Attempt; readonly finish: "stop" | "length" }> = []
  yield* model.sample({ conversation, seed }).pipe(Stream.runForEach((chunk) => {
    if (chunk._tag === "Prompted") return session.announce({ _tag: "ContextUsed", context: chunk.context })
    if (chunk._tag === "Delta") return session.announce({ _tag: "TextDelta", text: chunk.text })
    return Effect.sync(() => void finished.push(chunk))
  }))
  const last = finished.at(-1)
  if (last === undefined) {
    return yield* new ModelError({
      reason: "Unfinished",
      message: "The model stopped before finishing its turn. Send the task again."
    })
  }
  return { ...last, turn: readTurn(last.attempt) }
})

const isOneOf = (denied: ReadonlyArray<AskedCall>, call: AskedCall): boolean =>
  denied.some((one) => sameCall(one, call))

/**
 * What the model proposes where the call it would make was denied just now: its likeliest other call that can run. Denied calls
 * never come back as their own retry, whatever the weights say, and the human is told when they would.
 */
const notDenied = Effect.fnUntraced(function*(session: Session, first: Sample, denied: ReadonlyArray<AskedCall>) {
  const { another } = yield* Model
  const sandbox = yield* ToolSandbox
  const isWanted = Effect.fnUntraced(function*(turn: Said) {
    const asked = callOf(turn)
    if (asked === undefined || isOneOf(denied, asked) || (yield* isUnreadableCommand(turn))) return false
    const call = { id: "", tool: asked.tool, arguments: asked.arguments }
    return sandbox.problem(call) === undefined && (yield* sandbox.preview(call))._tag === "WouldRun"
  })
  yield* session.announce({
    _tag: "Notice",
    message: "The model would still make the call you denied, so it is asked for another one."
  })
  if (another !== undefined) {
    const { promptIds } = first.attempt
    const turn = yield* another({ promptIds, refused: first.turn, isWanted, seed: yield* session.nextSeed })
    return turn && { turn, attempt: { promptIds, ids: turn.ids, text: turn.text, logProbs: turn.logProbs ?? [] } }
  }
  for (let asked = 1; asked < ASK_LIMIT; asked++) {
    const { attempt, turn } = yield* sampleOnce(session)
    if (yield* isWanted(turn)) return { attempt, turn }
  }
  return undefined
})

/**
 * Asks the model until a turn is usable: words, or exactly one call that can run and is none of `denied`. An unusable turn stays
 * in the conversation together with what is wrong with it; a call that is known to fail, with the result it would have had.
 */
export const sampleCall = Effect.fnUntraced(function*(session: Session, denied: ReadonlyArray<AskedCall> = []) {
  const sandbox = yield* ToolSandbox
  const { reask } = yield* Model
  let reason = ""
  let unusable: Unusable | undefined
  for (let asked = 0; asked < ASK_LIMIT; asked++) {
    const conversation = yield* Ref.get(session.conversation)
    const { finish, ...first } = yield* sampleOnce(session)
    const made = callOf(first.turn)
    const isDenied = made !== undefined && isOneOf(denied, made)
    const sample = isDenied ? yield* notDenied(session, first, denied) : first
    if (sample === undefined) return { _tag: "GaveUp", reason: ONLY_DENIED } satisfies Sampled
    const { attempt, turn } = sample
    const { parsed } = turn
    if (parsed._tag === "Words" && parsed.text !== "") {
      const answer = { call: answerAsCall(yield* session.nextCallId, parsed.text), attempt, turn, conversation }
      yield* remember(session, { _tag: "Assistant", text: attempt.text })
      return { _tag: "Words", text: parsed.text, cut: finish === "length", unusable: answer } satisfies Sampled
    }
    const call = parsed._tag === "OneCall"
      ? { id: yield* session.nextCallId, tool: parsed.tool, arguments: parsed.arguments }
      : answerAsCall(yield* session.nextCallId, attempt.text)
    if (parsed._tag === "OneCall") {
      const problem = sandbox.problem(call)
      if (problem === undefined) {
        const prospect = yield* sandbox.preview(call)
        if (prospect._tag === "WouldRun") {
          const repairs = [...parsed.repairs ?? [], ...sandbox.repairs?.(call) ?? []]
          const proposal = { call, attempt, ...(repairs.length === 0 ? {} : { repairs }) }
          return { _tag: "Proposed", proposal, prospect } satisfies Sampled
        }
        reason = reasonOf(prospect)
        yield* session.announce({ _tag: "Reasked", reason })
        yield* remember(
          session,
          { _tag: "Assistant", text: attempt.text },
          { _tag: "ToolResult", call, output: prospect.result.output, success: false }
        )
        continue
      }
      reason = problem
    } else if (finish === "length") reason = "The message was cut off because it was too long. Make a smaller call."
    else reason = parsed._tag === "Unusable" ? parsed.reason : "The message was empty."
    unusable ??= { call, attempt, turn, conversation }
    yield* session.announce({ _tag: "Reasked", reason, text: attempt.text })
    const wanted = yield* wantedIn(turn)
    const text = reask?.({ reason, asked, ...(wanted === undefined ? {} : { wanted }) }) ?? reaskText(reason)
    yield* remember(session, { _tag: "Assistant", text: attempt.text }, { _tag: "Reask", text })
  }
  return { _tag: "GaveUp", reason, ...(unusable === undefined ? {} : { unusable }) } satisfies Sampled
})
