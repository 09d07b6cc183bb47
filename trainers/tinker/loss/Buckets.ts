import type { Divergence } from "../../../core/Loss.ts"
import { divergence, logMixture } from "../../math/Divergence.ts"
import { logTail } from "../../math/LogSoftmax.ts"

/**
 * Slopes divide by the student's rest mass. Below this, the quotient outgrows single precision, in which the service adds
 * weights up; the listed tokens' own terms, which do the work there, stay exact.
 */
const SMALLEST_REST = 1e-4

/** One position: log-probabilities of student and teacher for the same tokens, everything else being one more outcome. */
export interface Buckets {
  readonly student: ReadonlyArray<number>
  readonly teacher: ReadonlyArray<number>
  /** Whether the tokens are the whole vocabulary, so that nothing is left over. */
  readonly whole: boolean
  /** Teacher's mass on tokens that are pulled by themselves: it is not in the rest that slopes see. Default 0. */
  readonly apart?: number
}

const withRest = (logProbs: ReadonlyArray<number>, whole: boolean): ReadonlyArray<number> =>
  whole ? logProbs : [...logProbs, logTail(logProbs)]

/** The divergence over the tokens and the rest, nats; at most the whole vocabulary's (data processing). */
export const bucketDivergence = (kind: Divergence, { student, teacher, whole }: Buckets): number =>
  divergence(kind, withRest(student, whole), withRest(teacher, whole))

/**
 * Partial derivatives of that divergence by the student's log-probabilities of the tokens, the teacher held fixed. With p, q
 * the masses, P and Q those left over, and c = dD/dp:
 *
 *     g_k = p_k (c_k - c_rest)
 *     reverse KL  c = ln p - ln q        so g_k = p_k (ln p_k - ln q_k - ln P + ln Q)
 *     forward KL  c = -q / p             so g_k = -q_k + p_k Q / P
 *     JSD         c = (1 - a) (ln p - ln m),  m = (1 - a) p + a q
 *
 * Cross-entropy with the weights -g_k on these tokens has exactly this gradient.
 */
export const bucketSlopes = (
  kind: Divergence,
  { apart = 0, student, teacher, whole }: Buckets
): ReadonlyArray<number> => {
  const lowest = Math.log(SMALLEST_REST)
  const restP = whole ? 0 : Math.max(logTail(student), lowest)
  const restQ = whole ? 0 : logTail(teacher)
  switch (kind.kind) {
    case "reverse_kl": {
      const rest = whole ? 0 : restP - Math.max(restQ, lowest)
      return student.map((p, k) => Math.exp(p) * (p - teacher[k]! - rest))
    }
    case "forward_kl": {
      const rest = whole ? 0 : Math.max(0, Math.exp(restQ) - apart) * Math.exp(-restP)
      return student.map((p, k) => Math.exp(p) * rest - Math.exp(teacher[k]!))
    }
    case "jsd": {
      const { alpha } = kind
      const mixed = logMixture([...student, restP], [...teacher, restQ], alpha)
      const rest = whole ? 0 : restP - mixed.at(-1)!
      return student.map((p, k) => Math.exp(p) * (1 - alpha) * (p - mixed[k]! - rest))
    }
  }
}
