import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { losses, optimizer, sampled, scatter, someIds, tinyEngine } from "../testing/TinyEngine.ts"
import type { Engine, EngineToken } from "./Engine.ts"

const current = { _tag: "Current" } as const
const base = { _tag: "Base" } as const
const idsOf = (tokens: ReadonlyArray<EngineToken>) => tokens.map(({ id }) => id)
const logProbsOf = (tokens: ReadonlyArray<EngineToken>) => tokens.map(({ logProb }) => logProb)

const near = (a: ReadonlyArray<number>, b: ReadonlyArray<number>, tolerance = 1e-4) => {
  assert.strictEqual(a.length, b.length)
  a.forEach((value, index) => assert.isAtMost(Math.abs(value - b[index]!), tolerance, `entry ${index}`))
}

for (const runtime of ["native", "wasm"] as const) {
  describe(`the engine on ${runtime}`, () => {
    /** Two engines that are equal but for what they remember. */
    let engine: Engine
    let fresh: Engine
    beforeAll(async () => {
      engine = await tinyEngine(runtime)
      fresh = await tinyEngine(runtime)
    })
    afterAll(async () => {
      await engine.close()
      await fresh.close()
    })
    /** Gives `fresh` the adapter of `engine`. */
    const follow = () => fresh.restore(engine.snapshot())

    for (const length of [1, 2, 3, 4, 17]) {
      it(`decoding with the cache gives the numbers of a full pass, prompt of ${length}`, async () => {
        scatter(engine, 3)
        follow()
        const promptIds = someIds(length, length)
        const tokens = await sampled(engine, { promptIds, maxTokens: 20 })
        const { logProbs } = await fresh.score({ promptIds, completionIds: idsOf(tokens), weights: current })
        near(logProbsOf(tokens), logProbs)
      })
    }

    it("continuing, branching off and shortening a remembered prompt give the numbers of a full pass", async () => {
      scatter(engine, 4)
      follow()
      const first = someIds(20, 15)
      const said = idsOf(await sampled(engine, { promptIds: first, temperature: 2 }))
      const prompts = [
        [...first, ...said, ...someIds(21, 6)],
        [...first, ...someIds(22, 4)],
        first.slice(0, 9),
        [...first, ...said],
        first
      ]
      for (const promptIds of prompts) {
        const tokens = await sampled(engine, { promptIds, seed: 9 })
        const { logProbs } = await fresh.score({ promptIds, completionIds: idsOf(tokens), weights: current })
        near(logProbsOf(tokens), logProbs)
      }
    })

    it("nothing remembered outlives a change of the weights", async () => {
      scatter(engine, 5)
      const item = losses["reverse KL"]!
      const { completionIds, promptIds } = item
      const seen: Array<ReadonlyArray<number>> = []
      const before = engine.snapshot()
      const compare = async () => {
        follow()
        const tokens = await sampled(engine, { promptIds, temperature: 0 })
        near(
          (await fresh.score({ promptIds, completionIds: idsOf(tokens), weights: current })).logProbs,
          logProbsOf(tokens)
        )
        const scores = await engine.score({ promptIds, completionIds, weights: current })
        const expected = await fresh.score({ promptIds, completionIds, weights: current })
        assert.deepStrictEqual(scores.logProbs, expected.logProbs)
        seen.push(scores.logProbs)
      }
      await compare()
      for (let step = 0; step < 3; step++) {
        await engine.forwardBackward([item])
        engine.update(optimizer)
        await compare()
      }
      engine.restore(before)
      await compare()
      assert.deepStrictEqual(seen[4], seen[0])
      engine.reset(3)
      await compare()
      assert.strictEqual(new Set(seen.map(String)).size, 5)
    })

    it("a turn that begins like a scored one is the turn of an engine that scored nothing", async () => {
      for (const temperature of [0, 1]) {
        scatter(engine, 6)
        follow()
        const promptIds = someIds(30, 10)
        const turn = idsOf(await sampled(fresh, { promptIds, temperature, maxTokens: 16, seed: 1 }))
        assert.isAbove(turn.length, 8)
        const other = 1 + turn[7]! % 29
        for (const completionIds of [turn, [...turn.slice(0, 7), other, ...turn.slice(8)], someIds(31, 16)]) {
          await engine.score({ promptIds, completionIds, weights: current })
          const tokens = await sampled(engine, { promptIds, temperature, maxTokens: 16, seed: 1 })
          assert.deepStrictEqual(idsOf(tokens), turn)
        }
        scatter(engine, 60)
      }
    })

    it("scoring what was just trained on, then its gradient: the numbers of an engine that only trains", async () => {
      engine.reset(8)
      follow()
      const item = losses["JSD 0.3"]!
      for (let step = 0; step < 4; step++) {
        const report = await engine.forwardBackward([item])
        assert.deepStrictEqual(report, await fresh.forwardBackward([item]))
        engine.update(optimizer)
        fresh.update(optimizer)
        const { completionIds, promptIds } = item
        const { logProbs } = await engine.score({ promptIds, completionIds, weights: current })
        const value = await engine.evaluate([item])
        assert.deepStrictEqual(value.items[0]!.logProbs, logProbs)
      }
      assert.deepStrictEqual(engine.snapshot(), fresh.snapshot())
    })

    it("base KL is exactly zero with a fresh adapter, for every length", async () => {
      for (const length of [1, 2, 5, 30, 60]) {
        fresh.reset(length)
        const item = {
          _tag: "CrossEntropy",
          promptIds: someIds(length, length),
          completionIds: someIds(40, 7),
          baseKl: 1
        } as const
        const { items } = await fresh.forwardBackward([item])
        assert.deepStrictEqual(items[0]!.baseKls, [0, 0, 0, 0, 0, 0, 0])
      }
      fresh.discard()
    })

    it("with the adapter off the base's numbers are the same to the bit before and after training", async () => {
      engine.reset(1)
      const request = { promptIds: someIds(50, 12), completionIds: someIds(51, 6), topK: 31 }
      const off = await engine.score({ ...request, weights: base })
      assert.deepStrictEqual(await engine.score({ ...request, weights: current }), off)
      for (let step = 0; step < 5; step++) {
        await engine.forwardBackward([losses["forward KL"]!])
        engine.update(optimizer)
      }
      assert.notDeepEqual(await engine.score({ ...request, weights: current }), off)
      // By an engine that remembers nothing of the first time.
      follow()
      assert.deepStrictEqual(await fresh.score({ ...request, weights: base }), off)
    })

    it("a cancelled turn stops before the next token and can be asked for again", async () => {
      scatter(engine, 9)
      const promptIds = someIds(70, 5)
      const whole = await sampled(engine, { promptIds, maxTokens: 10, seed: 2 })
      const some: Array<EngineToken> = []
      const request = { promptIds, maxTokens: 10, temperature: 1, topP: 1, seed: 2, weights: current }
      await engine.sample(request, (token) => some.push(token), () => some.length === 3)
      assert.deepStrictEqual(idsOf(some), idsOf(whole).slice(0, 3))
      assert.deepStrictEqual(idsOf(await sampled(engine, { promptIds, maxTokens: 10, seed: 2 })), idsOf(whole))
    })
  })
}
