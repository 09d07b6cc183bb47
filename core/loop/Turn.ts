import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { Call } from "../domain/Call.ts"
import type { Message } from "../domain/Message.ts"
import { Learner } from "../Learner.ts"
import { sameCall } from "../Turn.ts"
import { type Refusal, teach, teachDenial } from "./Learn.ts"
import { wantedIn } from "./Instead.ts"
import { sampleCall, type Unusable } from "./SampleCall.ts"
import type { Session } from "./Session.ts"
import { remember } from "./Session.ts"
import { settle, takeEdit } from "./Settle.ts"

/** How a turn ended. `Unanswered`: a call waited and the human left it without a verdict. */
export type TurnEnd = "Finished" | "Failed" | "Unanswered" | "Quit"

/** The same call so often in a row ends the turn. */
const SAME_CALL_LIMIT = 3

/** Denials since the last approved call: the conversation before the first, and what was refused. */
export interface Refused {
  readonly conversation: ReadonlyArray<Message>
  readonly refusals: readonly [Refusal, ...Array<Refusal>]
  readonly lessonId: string
}

/** A task, or, `resumed`, one whose answer was corrected. */
export interface TurnStart {
  readonly task: string
  readonly resumed?: boolean
  readonly refused?: Refused | undefined
}

/**
 * One turn: from a task to the model's final words. Each round is one sampled call and its verdict. Interrupting it is safe
 * at every point: tools clean up, a step is made whole or not at all.
 */
export const runTurn = Effect.fnUntraced(function*(session: Session, { resumed = false, task, ...given }: TurnStart) {
  const learner = yield* Learner
  let refused = given.refused
  let ran = false
  let repeated: { readonly call: Call; readonly times: number } | undefined

  /** What can be corrected now that the turn ends with it. */
  const leave = Effect.fnUntraced(function*({ attempt, call, conversation, turn }: Unusable) {
    const wanted = yield* wantedIn(turn)
    const meant = wanted === undefined ? {} : { wanted }
    if (!ran) yield* Ref.set(session.lastRan, undefined)
    yield* Ref.set(session.lastSaid, { call, attempt, task, conversation, ...meant })
    if (!ran || wanted !== undefined) yield* session.announce({ _tag: "Correctable", ...meant })
  })

  if (!resumed) {
    yield* Ref.set(session.lastSaid, undefined)
    yield* remember(session, { _tag: "User", text: task })
    yield* session.announce({ _tag: "UserMessage", text: task })
  }
  while (true) {
    const sampled = yield* sampleCall(session, refused?.refusals.map(({ call }) => call))
    if (sampled._tag === "Words") {
      yield* session.announce({ _tag: "AssistantMessage", text: sampled.text })
      if (sampled.cut) {
        yield* session.announce({
          _tag: "Notice",
          message: "The answer was cut off at its longest length. Raise max_tokens for longer ones."
        })
      }
      yield* leave(sampled.unusable)
      return "Finished" satisfies TurnEnd
    }
    if (sampled._tag === "GaveUp") {
      yield* session.announce({
        _tag: "Failure",
        message: `The model gave no usable call, last because: ${sampled.reason} `
          + (sampled.unusable === undefined
            ? "Say the task in other words."
            : "Say what to do instead with /no, name the call with /do, or say the task in other words.")
      })
      if (sampled.unusable !== undefined) yield* leave(sampled.unusable)
      return "Failed" satisfies TurnEnd
    }

    const { attempt, call } = sampled.proposal
    if (repeated !== undefined && repeated.times >= SAME_CALL_LIMIT - 1 && sameCall(repeated.call, call)) {
      yield* session.announce({
        _tag: "Failure",
        message: `The model asks for the same ${call.tool} call a third time in a row; the turn ends here. `
          + "Say what to do differently."
      })
      return "Failed" satisfies TurnEnd
    }

    const answer = yield* settle(session, task, sampled, refused !== undefined)
    switch (answer._tag) {
      case "Cancel":
        yield* session.announce({
          _tag: "TurnCancelled",
          reason: "The call got no verdict; nothing was run or learned."
        })
        return "Unanswered" satisfies TurnEnd
      case "Quit":
        return "Quit" satisfies TurnEnd

      // Without a verdict nothing is learned from it; what was denied before is not what ran.
      case "Ruled":
      case "Approve": {
        ran = true
        repeated = repeated !== undefined && sameCall(repeated.call, call)
          ? { call, times: repeated.times + 1 }
          : { call, times: 1 }
        if (answer._tag === "Approve" && refused !== undefined) {
          const { conversation, lessonId, refusals } = refused
          if (learner.learnsFromRetry && !refusals.some((refusal) => sameCall(refusal.call, call))) {
            yield* teach(session, {
              kind: "retry",
              parent: lessonId,
              task,
              call: refusals[0].call,
              correctedCall: call,
              attempt: { ...attempt, promptIds: refusals[0].attempt.promptIds },
              conversation,
              refusals
            })
          }
        }
        refused = undefined
        break
      }

      case "Deny": {
        const { correction } = answer
        yield* session.announce({ _tag: "VerdictGiven", call, verdict: { _tag: "Deny", correction } })
        const conversation = yield* Ref.get(session.conversation)
        yield* remember(session, { _tag: "Assistant", text: attempt.text }, { _tag: "Denied", call, correction })
        const { lessonId, refusal } = yield* teachDenial(session, { task, call, attempt, conversation }, correction)
        refused = refused === undefined
          ? { conversation, refusals: [refusal], lessonId }
          : { ...refused, refusals: [...refused.refusals, refusal], lessonId }
        repeated = undefined
        break
      }

      case "Edit": {
        const conversation = yield* Ref.get(session.conversation)
        yield* takeEdit(session, { task, call, attempt, conversation }, answer.edited, answer.basis)
        refused = undefined
        repeated = undefined
        break
      }
    }
  }
})
