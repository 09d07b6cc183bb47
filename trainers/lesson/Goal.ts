import type { Lesson } from "../../core/domain/Lesson.ts"
import { isUsable, makesCall, sameTurn } from "./GreedyRetry.ts"

/**
 * When a lesson has done its work, judged by the greedy turn under the correction-free prompt:
 *
 * - `retry`: it is the approved call;
 * - `edit`, when the edited call is taught: it is that call;
 * - `denial` (and `edit` otherwise): it is a usable turn other than the attempt.
 */
export const reachesGoal = (lesson: Lesson, teachesCall: boolean, greedy: string): boolean => {
  if (lesson.kind === "retry") return sameTurn(greedy, lesson.attempt.text)
  if (lesson.kind === "edit" && teachesCall && lesson.correctedCall !== undefined) {
    return makesCall(greedy, lesson.correctedCall)
  }
  return isUsable(greedy) && !sameTurn(greedy, lesson.attempt.text)
}

/** Why nothing needs to be learned although a lesson is there, if so, judged before any update. */
export const alreadyThere = (lesson: Lesson, greedy: string): string | undefined => {
  if (lesson.kind === "retry" && sameTurn(greedy, lesson.attempt.text)) {
    return "The model now makes the approved call without being told, so there is nothing left to learn here."
  }
  if (lesson.kind === "edit" && lesson.correctedCall !== undefined && makesCall(greedy, lesson.correctedCall)) {
    return "The model now makes your call without being told, so there is nothing left to learn here."
  }
  return undefined
}

/** Why a lesson without signal makes no step, in the user's words. */
export const noSignal = (lesson: Lesson, greedy: string, divergence: number, gate: number): string => {
  const numbers = `difference ${divergence.toPrecision(2)} nats per token, below the gate of ${gate}`
  return sameTurn(greedy, lesson.attempt.text)
    ? `Your correction does not change what the model would do here (${numbers}), so no step was made. `
      + "Say what to do instead, naming the tool or the file, or edit the call."
    : `The model already acts as with your correction (${numbers}), so no step was made.`
}
