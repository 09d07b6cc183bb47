import type { Divergence } from "../../core/Loss.ts"
import { logAddExp, type Vector } from "./LogSoftmax.ts"

/** KL(p || q) = sum_v p_v (log p_v - log q_v), nats, over log-probabilities. Infinity where q lacks mass that p has. */
export const kl = (logP: Vector, logQ: Vector): number => {
  let sum = 0
  for (let v = 0; v < logP.length; v++) {
    const p = Math.exp(logP[v]!)
    if (p > 0) sum += p * (logP[v]! - logQ[v]!)
  }
  return sum
}

/** log M with M = (1 - alpha) p + alpha q. */
export const logMixture = (logP: Vector, logQ: Vector, alpha: number): Float64Array =>
  Float64Array.from(logP, (s, v) => logAddExp(Math.log1p(-alpha) + s, Math.log(alpha) + logQ[v]!))

/**
 * Divergence of the student p from the teacher q at one position, nats, over log-probabilities on the same outcomes.
 *
 * `reverse_kl` KL(p||q); `forward_kl` KL(q||p); `jsd` (1-a) KL(p||M) + a KL(q||M), M = (1-a) p + a q (generalised
 * Jensen-Shannon as in GKD, Agarwal et al. 2024), bounded by `binaryEntropy(a)`.
 */
export const divergence = (kind: Divergence, logP: Vector, logQ: Vector): number => {
  switch (kind.kind) {
    case "reverse_kl":
      return kl(logP, logQ)
    case "forward_kl":
      return kl(logQ, logP)
    case "jsd": {
      const logM = logMixture(logP, logQ, kind.alpha)
      return (1 - kind.alpha) * kl(logP, logM) + kind.alpha * kl(logQ, logM)
    }
  }
}

/** p_v (r_v - sum_u p_u r_u): how a detached per-outcome score r reaches the logits of p. */
const centred = (logP: Vector, score: (v: number) => number): Float64Array => {
  const out = new Float64Array(logP.length)
  let mean = 0
  for (let v = 0; v < out.length; v++) {
    const p = Math.exp(logP[v]!)
    if (p === 0) continue
    out[v] = score(v)
    mean += p * out[v]!
  }
  for (let v = 0; v < out.length; v++) out[v] = Math.exp(logP[v]!) * (out[v]! - mean)
  return out
}

/**
 * Gradient of `divergence` in the student's logits z (log p = log softmax z), the teacher held fixed:
 *
 * - reverse KL: p_v (s_v - t_v - KL(p||q)) (SDPO, Prop. 2.1, per vocabulary entry)
 * - forward KL: p_v - q_v
 * - JSD: (1-a) p_v (r_v - sum_u p_u r_u), r_v = s_v - log M_v
 */
export const divergenceGradient = (kind: Divergence, logP: Vector, logQ: Vector): Float64Array => {
  switch (kind.kind) {
    case "reverse_kl":
      return centred(logP, (v) => logP[v]! - logQ[v]!)
    case "forward_kl":
      return Float64Array.from(logP, (s, v) => Math.exp(s) - Math.exp(logQ[v]!))
    case "jsd": {
      const logM = logMixture(logP, logQ, kind.alpha)
      return centred(logP, (v) => (1 - kind.alpha) * (logP[v]! - logM[v]!))
    }
  }
}

/** Gradient of -log p_target in the logits: p - onehot. */
export const crossEntropyGradient = (logP: Vector, target: number): Float64Array =>
  Float64Array.from(logP, (s, v) => Math.exp(s) - (v === target ? 1 : 0))

/** -a log a - (1-a) log(1-a), nats: the upper bound of JSD_a. */
export const binaryEntropy = (alpha: number): number =>
  (alpha <= 0 ? 0 : -alpha * Math.log(alpha)) - (alpha >= 1 ? 0 : (1 - alpha) * Math.log1p(-alpha))
