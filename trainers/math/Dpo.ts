/** Log-probabilities of two whole responses, summed over their tokens, under the policy and under the reference. */
export interface PreferencePair {
  readonly chosen: number
  readonly rejected: number
  readonly chosenReference: number
  readonly rejectedReference: number
}

/** beta [(log pi(y+) - log ref(y+)) - (log pi(y-) - log ref(y-))]; 0 where policy and reference agree. */
export const dpoMargin = (pair: PreferencePair, beta: number): number =>
  beta * (pair.chosen - pair.chosenReference - (pair.rejected - pair.rejectedReference))

/** log(1 + exp(x)), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/**
 * Direct preference optimisation (Rafailov et al. 2023, eq. 7): -log sigmoid(margin); ln 2 at the reference. `slope` is
 * its derivative in log pi(y+), -beta sigmoid(-margin); that in log pi(y-) is the same with the other sign.
 */
export const dpoLoss = (pair: PreferencePair, beta: number): { readonly loss: number; readonly slope: number } => {
  const margin = dpoMargin(pair, beta)
  return { loss: softplus(-margin), slope: -beta * Math.exp(-softplus(margin)) }
}
