import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { LossItem } from "../../../core/Loss.ts"
import { tinyConfig } from "../../models/testing/RandomModel.ts"
import { checkGradient, descent, gradientAt } from "../testing/GradientCheck.ts"
import { losses, ratioItem, scatter, tinyEngine } from "../testing/TinyEngine.ts"
import { norm } from "./adapter/AdamW.ts"
import type { Engine } from "./Engine.ts"
import { EngineError } from "./EngineError.ts"

for (const runtime of ["native", "wasm"] as const) {
  describe(`gradients against central differences, ${runtime}`, () => {
    let engine: Engine
    beforeAll(async () => {
      engine = await tinyEngine(runtime)
    })
    afterAll(() => engine.close())

    for (const [name, item] of Object.entries(losses)) {
      it(name, () => checkGradient(engine, scatter(engine, 7), item, { probes: 4, step: 0.01 }))
    }

    it("every adapted matrix has one", async () => {
      const parameters = scatter(engine, 7)
      const gradient = await gradientAt(engine, parameters, losses["reverse KL"]!)
      let offset = 0
      for (const layer of [0, 1]) {
        for (const module of ["q", "k", "v", "o", "gate", "up", "down"]) {
          for (const part of ["A", "B"]) {
            const shapes: Record<string, readonly [number, number]> = {
              q: [32, 24],
              k: [16, 24],
              v: [16, 24],
              o: [24, 32],
              gate: [40, 24],
              up: [40, 24],
              down: [24, 40]
            }
            const size = 3 * shapes[module]![part === "A" ? 1 : 0]
            const length = norm(gradient.subarray(offset, offset + size))
            assert.isAbove(length, 1e-5, `layer ${layer} ${module} ${part}`)
            offset += size
          }
        }
      }
      assert.strictEqual(offset, gradient.length)
    })

    it("the ratio is detached: it scales each token's gradient and has none of its own", async () => {
      const parameters = scatter(engine, 7)
      engine.adopt(parameters)
      const { items: [report] } = await engine.evaluate([ratioItem])
      const { ratioClip: _, oldLogProbs: __, ...plain } = ratioItem
      assert.isTrue(report!.ratios.some((ratio) => ratio !== 1))
      const scaled = {
        ...plain,
        _tag: "PolicyGradient" as const,
        advantages: [1, -0.5, 2, 0.3, -1].map((advantage, index) => advantage * report!.ratios[index]!)
      }
      const with_ = await gradientAt(engine, parameters, ratioItem)
      const without = await gradientAt(engine, parameters, scaled)
      assert.isBelow(norm(with_.map((value, index) => value - without[index]!)), 1e-5 * norm(without))
    })

    it("an output that is not finite fails and changes nothing, the gradient so far included", async () => {
      const parameters = scatter(engine, 7)
      await engine.forwardBackward([losses["reverse KL"]!])
      const before = engine.snapshot()
      const bad = { ...ratioItem, advantages: [3e38, 3e38, 3e38, 3e38, 3e38] } as LossItem
      const failure = await engine.forwardBackward([bad]).then(() => undefined, (error: unknown) => error)
      assert.instanceOf(failure, EngineError)
      assert.strictEqual((failure as EngineError).reason, "NonFinite")
      assert.deepStrictEqual(engine.snapshot(), before)
      engine.update(descent)
      const after = engine.parameters
      engine.adopt(parameters)
      await engine.forwardBackward([losses["reverse KL"]!])
      engine.update(descent)
      assert.deepStrictEqual(after, engine.parameters)
    })
  })
}

describe("other shapes", () => {
  it("an untied head", async () => {
    const engine = await tinyEngine("native", { ...tinyConfig, tiedHead: false })
    const parameters = scatter(engine, 7)
    const gradient = await gradientAt(engine, parameters, losses["forward KL"]!)
    const direction = gradient.map((value) => value / norm(gradient))
    const valueAt = async (step: number) => {
      engine.adopt(parameters.map((value, index) => value + step * direction[index]!))
      return (await engine.evaluate([losses["forward KL"]!])).loss
    }
    const numeric = (await valueAt(0.01) - await valueAt(-0.01)) / 0.02
    assert.isBelow(Math.abs(numeric / norm(gradient) - 1), 2e-3)
    await engine.close()
  })
})
