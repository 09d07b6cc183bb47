import { assert } from "@effect/vitest"
import type { LossItem } from "../../../core/Loss.ts"
import { makeRandom } from "../../../core/Random.ts"
import { norm } from "../engine/adapter/AdamW.ts"
import type { Engine } from "../engine/Engine.ts"

/** Plain gradient descent of rate 1: the optimiser's step is the gradient. */
const TINY = 1e9
export const descent = {
  learningRate: TINY,
  beta1: 0,
  beta2: 0,
  epsilon: TINY,
  weightDecay: 0,
  maxGradientNorm: Infinity
}

/** The gradient at `parameters`, read off one step. */
export const gradientAt = async (engine: Engine, parameters: Float32Array, item: LossItem): Promise<Float32Array> => {
  engine.adopt(parameters)
  await engine.forwardBackward([item])
  engine.update(descent)
  const after = engine.parameters
  engine.adopt(parameters)
  return parameters.map((value, index) => value - after[index]!)
}

/**
 * Holds a gradient against central differences of the loss along `probes` directions, to fourth order in `step`. Each is half along
 * the gradient, half anywhere, so that the derivative is never lost in rounding.
 */
export const checkGradient = async (
  engine: Engine,
  parameters: Float32Array,
  item: LossItem,
  { probes, step }: { readonly probes: number; readonly step: number }
): Promise<void> => {
  const gradient = await gradientAt(engine, parameters, item)
  const random = makeRandom(11)
  const length = norm(gradient)
  assert.isAbove(length, 1e-3)
  for (let probe = 0; probe < probes; probe++) {
    const noise = gradient.map(() => random.normal())
    const scale = norm(noise)
    const direction = gradient.map((value, index) => value / length + noise[index]! / scale)
    const valueAt = async (sign: number) => {
      engine.adopt(parameters.map((value, index) => value + sign * step * direction[index]!))
      return (await engine.evaluate([item])).loss
    }
    const near = (await valueAt(1) - await valueAt(-1)) / (2 * step)
    const far = (await valueAt(2) - await valueAt(-2)) / (4 * step)
    const numeric = (4 * near - far) / 3
    const exact = gradient.reduce((sum, value, index) => sum + value * direction[index]!, 0)
    assert.isBelow(Math.abs(numeric - exact) / Math.abs(exact), 1e-3, `${exact} against ${numeric}`)
  }
}
