import type { Lesson } from "../../core/domain/Lesson.ts"
import { isReadable, makesCall, type Said, sameTurn } from "../../core/Turn.ts"

/** When the updates for a denial may end; see `reachesGoal`. */
export type Until = "taught" | "changed"

/** What a lesson is after, and what the teacher says to it. */
export interface Aim {
  readonly lesson: Lesson
  readonly attempt: Said
  /** Whether an edit's own call is taught, so that reaching it is the goal. */
  readonly teachesCall: boolean
  readonly until: Until
  /** The teacher's greedy turn, with the correction in view; absent when the objective has no teacher. */
  readonly taught: Said | undefined
}

/**
 * When a lesson has done its work, judged by the greedy turn under the correction-free prompt:
 *
 * - `retry`: it is the approved call;
 * - `edit`, when the edited call is taught: it is that call;
 * - `denial` (and `edit` otherwise): `taught`, it is the teacher's greedy turn; `changed` (or without a teacher), it is a
 *   usable turn other than the attempt.
 */
export const reachesGoal = ({ attempt, lesson, taught, teachesCall, until }: Aim, greedy: Said): boolean => {
  if (lesson.kind === "retry") return sameTurn(greedy, attempt)
  if (lesson.kind === "edit" && teachesCall && lesson.correctedCall !== undefined) {
    return makesCall(greedy, lesson.correctedCall)
  }
  return until === "taught" && taught !== undefined
    ? sameTurn(greedy, taught)
    : isReadable(greedy) && !sameTurn(greedy, attempt)
}

/** What a human can do so that there is something to learn. One who has edited the call is not told to. */
export const sayMore = (kind: Lesson["kind"]): string =>
  kind === "edit"
    ? "Deny the call and say what to do instead, naming the tool or the file."
    : "Say what to do instead, naming the tool or the file, or edit the call."

/** Why a lesson makes no step, in the user's words; undefined when it has something to teach. Judged before any update. */
export const nothingToLearn = (
  aim: Aim,
  greedy: Said,
  divergence: number,
  gate: number
): string | undefined => {
  const { attempt, lesson, taught, teachesCall, until } = aim
  if (lesson.kind === "retry" && sameTurn(greedy, attempt)) {
    return "The model now makes the approved call without being told, so no step was made."
  }
  if (lesson.kind === "edit" && lesson.correctedCall !== undefined && makesCall(greedy, lesson.correctedCall)) {
    return "The model now makes your call without being told, so no step was made."
  }
  if (divergence < gate) {
    const numbers = `difference ${divergence.toPrecision(2)} nats per token, below the gate of ${gate}`
    return sameTurn(greedy, attempt)
      ? `Your correction does not change what the model would do here (${numbers}), so no step was made. ${
        sayMore(lesson.kind)
      }`
      : `The model already acts as with your correction (${numbers}), so no step was made.`
  }
  const denied = lesson.kind === "denial" || (lesson.kind === "edit" && !teachesCall)
  if (denied && until === "taught" && taught !== undefined && sameTurn(taught, attempt)) {
    return `Even with your correction in view the model would make the same call, so no step was made. ${
      sayMore(lesson.kind)
    }`
  }
  return undefined
}
