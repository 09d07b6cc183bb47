import { k3 } from "../math/Estimators.ts"
import { tokenMean } from "../math/TokenMean.ts"

/**
 * How far the policy has moved on the attempt's tokens, nats per token, at least 0: mean_t exp(-|d_t|) - 1 + |d_t|
 * with d_t = log p_now(y_t) - log p_before(y_t). Where tokens lost probability this is the k3 estimate of KL(before ||
 * now), unbiased for an attempt sampled before; where they gained (an approved retry), that of KL(now || before).
 * Unlike either alone it never grows faster than |d|.
 */
export const policyMovement = (before: ReadonlyArray<number>, now: ReadonlyArray<number>): number =>
  tokenMean(now.map((x, t) => k3(Math.max(x, before[t]!), Math.min(x, before[t]!))))
