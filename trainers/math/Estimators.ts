/**
 * Single-sample estimators of KL(p || o) from one token v ~ p, with s = log p_v and o = log o_v (Schulman 2020). As a
 * *loss* (gradient through s only) they are not interchangeable:
 *
 * | | value in expectation | gradient in expectation |
 * |---|---|---|
 * | k1 | KL(p || o) | 0: it does nothing |
 * | k2 | biased | that of KL(p || o) |
 * | k3 | KL(p || o) | that of KL(o || p) |
 */
export const k1 = (s: number, o: number): number => s - o
export const k2 = (s: number, o: number): number => 0.5 * (s - o) ** 2

/** exp(o - s) - 1 - (o - s): non-negative. With o and s exchanged it no longer estimates KL(p || o). */
export const k3 = (s: number, o: number): number => Math.expm1(o - s) - (o - s)

/** d k / d s; the gradient in the logits is this times (onehot - p). */
export const k1Slope = (): number => 1
export const k2Slope = (s: number, o: number): number => s - o
export const k3Slope = (s: number, o: number): number => -Math.expm1(o - s)
