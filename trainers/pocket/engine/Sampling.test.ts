import { assert, describe, it } from "@effect/vitest"
import { makeRandom } from "../../../core/Random.ts"
import { drawToken, topK } from "./Sampling.ts"

const logProbsOf = (probabilities: ReadonlyArray<number>) => Float32Array.from(probabilities, Math.log)
const probabilities = [0.4, 0.05, 0.3, 0.01, 0.2, 0.04]

const DRAWS = 20_000
const shares = (temperature: number, topP: number): ReadonlyArray<number> => {
  const random = makeRandom(3)
  const counts = probabilities.map(() => 0)
  for (let draw = 0; draw < DRAWS; draw++) counts[drawToken(logProbsOf(probabilities), temperature, topP, random)]!++
  return counts.map((count) => count / DRAWS)
}
const normalised = (weights: ReadonlyArray<number>) => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}
/** Within four standard deviations of the binomial share. */
const agrees = (found: ReadonlyArray<number>, wanted: ReadonlyArray<number>) =>
  wanted.forEach((p, id) =>
    assert.isAtMost(Math.abs(found[id]! - p), 4 * Math.sqrt(p * (1 - p) / DRAWS), `token ${id}: ${found[id]} for ${p}`)
  )

describe("drawing a token", () => {
  it("follows the distribution", () => agrees(shares(1, 1), probabilities))

  it("at a temperature follows p^(1/temperature)", () => {
    agrees(shares(2, 1), normalised(probabilities.map(Math.sqrt)))
    agrees(shares(0.5, 1), normalised(probabilities.map((p) => p * p)))
  })

  it("within a nucleus follows the rescaled distribution of the smallest set that holds the mass", () => {
    agrees(shares(1, 0.65), normalised([0.4, 0, 0.3, 0, 0, 0]))
    agrees(shares(1, 0.89), normalised([0.4, 0, 0.3, 0, 0.2, 0]))
    assert.deepStrictEqual(shares(1, 0.3), [1, 0, 0, 0, 0, 0])
  })

  it("takes the nucleus of the tempered distribution", () => {
    const squared = normalised(probabilities.map((p) => p * p))
    assert.isAbove(squared[0]! + squared[2]!, 0.8)
    agrees(shares(0.5, 0.8), normalised([0.16, 0, 0.09, 0, 0, 0]))
  })

  it("at temperature 0 takes the first of the most likely", () => {
    const row = Float32Array.of(-2, -1, -1, -3)
    assert.strictEqual(drawToken(row, 0, 1, makeRandom(1)), 1)
  })

  it("never draws a token without mass", () => {
    const random = makeRandom(8)
    const row = Float32Array.of(-Infinity, -0.5, -Infinity, -Math.LN2, -Infinity)
    for (let draw = 0; draw < 2000; draw++) assert.include([1, 3], drawToken(row, 1, 1, random))
  })
})

describe("top K", () => {
  it("gives the largest, falling, ties by index", () => {
    const row = Float32Array.of(-3, -1, -2, -1, -5)
    assert.deepStrictEqual(topK(row, 3).map(({ id }) => id), [1, 3, 2])
    assert.strictEqual(topK(row, 9).length, 5)
    assert.deepStrictEqual(topK(row, 0), [])
  })
})

describe("the generator", () => {
  it("is uniform and normal, and differs by seed", () => {
    const random = makeRandom(4)
    const uniform = Array.from({ length: 20_000 }, random.uniform)
    const mean = uniform.reduce((sum, x) => sum + x, 0) / uniform.length
    assert.closeTo(mean, 0.5, 0.01)
    assert.isTrue(uniform.every((x) => x >= 0 && x < 1))
    const normal = Array.from({ length: 20_000 }, random.normal)
    assert.closeTo(normal.reduce((sum, x) => sum + x * x, 0) / normal.length, 1, 0.04)
    assert.notStrictEqual(makeRandom(1).uniform(), makeRandom(2).uniform())
    assert.notStrictEqual(makeRandom(1).uniform(), makeRandom(1 + 2 ** 32).uniform())
  })
})
