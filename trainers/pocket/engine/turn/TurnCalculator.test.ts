import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { LossItem } from "../../../../core/Loss.ts"
import { tinyFamilies } from "../../testing/Families.ts"
import { randomTensors } from "../../../models/testing/RandomModel.ts"
import { referenceLogProbs } from "../../testing/ReferenceDecoder.ts"
import { checkGradient, gradientAt } from "../../testing/GradientCheck.ts"
import { losses, sampled, scatter, someIds, tinyEngine, tinyLora } from "../../testing/TinyEngine.ts"
import { adapterLayout } from "../adapter/AdapterState.ts"
import type { Engine } from "../Engine.ts"
import { makeRandom } from "../../../../core/Random.ts"
import type { Activation } from "./TurnCalculator.ts"

const opening = [7, 3]
const turn: Activation = { scope: "turn", opening }
const current = { _tag: "Current" } as const
const base = { _tag: "Base" } as const

/** A prompt that ends with the opening of a turn, and has one before. */
const prompt = (
  seed: number,
  count: number
) => [...someIds(seed, count), ...opening, ...someIds(seed + 1, 4), ...opening]

const near = (a: ReadonlyArray<number>, b: ReadonlyArray<number>, tolerance: number) => {
  assert.strictEqual(a.length, b.length)
  a.forEach((value, index) => assert.isAtMost(Math.abs(value - b[index]!), tolerance, `entry ${index}`))
}

for (const runtime of ["native", "wasm"] as const) {
  for (const [family, config] of Object.entries(tinyFamilies)) {
    const layout = adapterLayout(config, tinyLora)
    const tensors = randomTensors(config, 1)
    /** Straight from the definition: every row of the whole sequence, the adapter on those from `from` on. */
    const expected = (parameters: ArrayLike<number>, from: number, ids: ReadonlyArray<number>, count: number) =>
      referenceLogProbs(config, tensors, { lora: tinyLora, layout, parameters, from }, ids.slice(0, -1)).slice(-count)

    describe(`an adapter beside the frozen weights, ${family}, ${runtime}`, () => {
      let engine: Engine
      let everywhere: Engine
      beforeAll(async () => {
        engine = await tinyEngine(runtime, config, tinyLora, turn)
        everywhere = await tinyEngine(runtime, config, tinyLora, { scope: "all" })
      })
      afterAll(async () => {
        await engine.close()
        await everywhere.close()
      })

      for (const [scope, subject] of [["turn", () => engine], ["all", () => everywhere]] as const) {
        it(`scope ${scope}: scores are those of the whole sequence with the adapter where it is active`, async () => {
          const parameters = scatter(subject(), 3)
          const completionIds = someIds(9, 6)
          for (const promptIds of [prompt(4, 12), prompt(4, 30), [...someIds(4, 12), ...prompt(8, 5)], opening]) {
            const from = scope === "turn" ? promptIds.length - opening.length : 0
            const rows = expected(parameters, from, [...promptIds, ...completionIds], completionIds.length)
            const { logProbs } = await subject().score({ promptIds, completionIds, weights: current })
            near(logProbs, completionIds.map((id, index) => rows[index]![id]!), 1e-5)
          }
        })

        it(`scope ${scope}: sampling gives the numbers of scoring`, async () => {
          scatter(subject(), 4)
          for (const count of [1, 40, 20]) {
            const promptIds = prompt(5, count)
            const tokens = await sampled(subject(), { promptIds, maxTokens: 20 })
            const completionIds = tokens.map(({ id }) => id)
            const { logProbs } = await subject().score({ promptIds, completionIds, weights: current })
            near(tokens.map(({ logProb }) => logProb), logProbs, 1e-5)
          }
        })

        for (const [name, given] of Object.entries(losses)) {
          const item: LossItem = given._tag === "Distill"
            ? { ...given, promptIds: prompt(2, 9), teacher: { ...given.teacher, promptIds: prompt(2, 14) } }
            : { ...given, promptIds: prompt(2, 9) }
          it(`scope ${scope}: gradient of ${name}`, () =>
            checkGradient(subject(), scatter(subject(), 7), item, { probes: 2, step: 0.004 }))
        }
      }

      it("the gradient is that of the whole sequence with the adapter on the turn, entry by entry", async () => {
        const parameters = scatter(engine, 6)
        const promptIds = prompt(12, 10)
        const completionIds = someIds(13, 5)
        const gradient = await gradientAt(engine, parameters, {
          _tag: "CrossEntropy",
          promptIds,
          completionIds,
          baseKl: 0
        })
        const ids = [...promptIds, ...completionIds]
        const loss = (at: number, step: number) => {
          const moved = Float64Array.from(parameters)
          moved[at]! += step
          const rows = expected(moved, promptIds.length - opening.length, ids, completionIds.length)
          return -completionIds.reduce((sum, id, index) => sum + rows[index]![id]!, 0) / completionIds.length
        }
        const random = makeRandom(2)
        for (let probe = 0; probe < 12; probe++) {
          const at = Math.floor(random.uniform() * parameters.length)
          const numeric = (loss(at, 1e-4) - loss(at, -1e-4)) / 2e-4
          assert.isAtMost(Math.abs(numeric - gradient[at]!), 1e-5, `entry ${at}`)
        }
      })

      it("what is before the turn is the base model's, whatever the adapter", async () => {
        const promptIds = prompt(20, 25)
        const completionIds = someIds(21, 5)
        const off = await engine.score({ promptIds, completionIds, weights: base })
        scatter(engine, 30)
        await sampled(engine, { promptIds })
        assert.deepStrictEqual(
          await engine.score({ promptIds, completionIds, weights: base, topK: 1 }).then((it) => it.logProbs),
          off.logProbs
        )
        engine.reset(2)
        assert.deepStrictEqual(
          (await engine.score({ promptIds, completionIds, weights: current })).logProbs,
          off.logProbs
        )
      })

      it("base KL is exactly zero with a fresh adapter", async () => {
        for (const count of [1, 5, 30]) {
          engine.reset(count)
          const item = {
            _tag: "CrossEntropy",
            promptIds: prompt(count, count),
            completionIds: someIds(40, 7),
            baseKl: 1
          } as const
          const { items } = await engine.forwardBackward([item])
          assert.deepStrictEqual(items[0]!.baseKls, [0, 0, 0, 0, 0, 0, 0])
          engine.discard()
        }
      })
    })
  }
}
