import * as Effect from "effect/Effect"
import type { Call, CallArguments } from "../../core/domain/Call.ts"
import { type BackendError, currentWeights, type LoraBackend, type LossItem } from "../../core/LoraBackend.ts"
import { parseToolCall } from "../../core/prompt/ParseToolCall.ts"
import type { KeptTurn } from "../../core/Trainer.ts"

/** A token of a kept turn below this probability is no longer sure to be the greedy one. */
const SURE = Math.log(0.5)
/** What was less sure than that when it was kept may lose this many nats. */
const SLACK = 0.7

/** The tool, and the first word of its first text argument: as much of a call as a rule is likely to be about. */
const manner = (tool: string, args: CallArguments): string => {
  const first = Object.values(args).find((value) => typeof value === "string")
  return `${tool} ${tool === "bash" ? first?.trim().split(/\s/)[0] ?? "" : ""}`
}

/**
 * The kept turns that a lesson may not change: the newest `limit` that fit the window, without those that do what the lesson
 * denies, which the human no longer wants, and without older turns under the lesson's own prompt.
 */
export const chooseKept = (
  backend: LoraBackend["Service"],
  kept: ReadonlyArray<KeptTurn>,
  lesson: { readonly call: Call; readonly promptIds: ReadonlyArray<number> },
  limit: number
): ReadonlyArray<KeptTurn> => {
  const { info, tokenizer } = backend
  const denied = manner(lesson.call.tool, lesson.call.arguments)
  const prompts = new Set([lesson.promptIds.join()])
  return kept.filter(({ ids, promptIds }) => {
    const prompt = promptIds.join()
    if (prompts.has(prompt) || ids.length === 0 || promptIds.length + ids.length > info.contextLength) return false
    prompts.add(prompt)
    const turn = parseToolCall(tokenizer.decode(ids))
    return turn._tag !== "OneCall" || manner(turn.tool, turn.arguments) !== denied
  }).slice(0, limit)
}

const holds = (turn: KeptTurn, logProbs: ReadonlyArray<number>): boolean =>
  logProbs.every((now, t) => now >= Math.min(SURE, (turn.logProbs?.[t] ?? 0) - SLACK))

/** Cross-entropy on those of the kept turns that the current weights no longer make for sure; none when all hold. */
export const weakened = (
  backend: LoraBackend["Service"],
  kept: ReadonlyArray<KeptTurn>
): Effect.Effect<ReadonlyArray<LossItem>, BackendError> =>
  Effect.forEach(
    kept,
    (turn) =>
      backend.score({ promptIds: turn.promptIds, completionIds: turn.ids, weights: currentWeights }).pipe(
        Effect.map(({ logProbs }): ReadonlyArray<LossItem> =>
          holds(turn, logProbs)
            ? []
            : [{ _tag: "CrossEntropy", promptIds: turn.promptIds, completionIds: turn.ids, baseKl: 0 }]
        )
      )
  ).pipe(Effect.map((items) => items.flat()))
