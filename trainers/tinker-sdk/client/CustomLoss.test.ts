import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Datum, float32, int64, type LossAndGradient, tokens } from "../index.ts"
import { onFake } from "../test/OnFake.ts"
import { logprobsOf, withGradients, withWeights } from "./CustomLoss.ts"

const datum: Datum = { model_input: tokens([1, 2, 3]), loss_fn_inputs: { target_tokens: int64([2, 3, 4]) } }

/** −Σ w·l with w = (0, 1, 2), by hand. */
const weighted: LossAndGradient = (logprobs) =>
  Effect.succeed({
    gradients: logprobs.map(() => [0, -1, -2]),
    metrics: { "own:sum": logprobs.reduce((sum, { data }) => sum - (data[1] ?? 0) - 2 * (data[2] ?? 0), 0) }
  })

describe("a loss of one's own", () => {
  it.effect("trains exactly as the service's loss with the same gradient", () =>
    onFake(({ client, fake }) =>
      Effect.gen(function*() {
        const weights = float32([0, 1, 2])
        const one = yield* client.createTrainingClient({ baseModel: fake.baseModel, lora: { rank: 2, seed: 3 } })
        const two = yield* client.createTrainingClient({ baseModel: fake.baseModel, lora: { rank: 2, seed: 3 } })
        const own = yield* one.forwardBackwardCustom([datum], weighted)
        const theirs = yield* two.forwardBackward(
          [{ ...datum, loss_fn_inputs: { ...datum.loss_fn_inputs, weights } }],
          "cross_entropy"
        )
        assert.deepStrictEqual(
          own.outputs.map((output) => output["logprobs"]),
          theirs.outputs.map((output) => output["logprobs"])
        )
        assert.isAbove(own.metrics["own:sum"] ?? 0, 0)
        yield* one.optimStep({ learningRate: 0.1 })
        yield* two.optimStep({ learningRate: 0.1 })
        const [first, second] = yield* fake.weights
        assert.deepStrictEqual(first, second)
      })
    ))

  it.effect("with K targets a position keeps their shape", () =>
    Effect.gen(function*() {
      const soft: Datum = {
        model_input: tokens([1, 2]),
        loss_fn_inputs: { target_tokens: int64([2, 5, 3, 6], [2, 2]) }
      }
      const [zero] = yield* withWeights([soft])
      assert.deepStrictEqual(zero?.loss_fn_inputs["weights"], float32([0, 0, 0, 0], [2, 2]))
      // Some servers give the numbers without the shape.
      const logprobs = yield* logprobsOf([{ logprobs: float32([-1, -2, -3, -4], [4]) }], [soft])
      const [graded] = yield* withGradients([soft], logprobs, [[1, 0, -1, 0.5]])
      assert.deepStrictEqual(graded?.loss_fn_inputs["weights"], float32([-1, 0, 1, -0.5], [2, 2]))
    }))

  it.effect("refuses other inputs, gradients of another length, and numbers that are none", () =>
    Effect.gen(function*() {
      const policy = { ...datum, loss_fn_inputs: { ...datum.loss_fn_inputs, advantages: float32([1, 1, 1]) } }
      assert.match((yield* Effect.flip(withWeights([policy]))).message, /"advantages"/)
      assert.match(
        (yield* Effect.flip(withWeights([{ ...datum, loss_fn_inputs: {} }]))).message,
        /lacks "target_tokens"/
      )
      const logprobs = [float32([-1, -2, -3])]
      for (const gradients of [[], [[1, 2]], [[1, 2, Number.NaN]], [[1, 2, Number.POSITIVE_INFINITY]]]) {
        assert.strictEqual((yield* Effect.flip(withGradients([datum], logprobs, gradients)))._tag, "TinkerInputError")
      }
    }))
})
