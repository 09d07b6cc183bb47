import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import * as Reference from "../../test/helpers/ReferenceAdamW.ts"
import { adamW, type AdamWResult, emptyAdamState } from "./AdamW.ts"
import { divergence, divergenceGradient } from "./Divergence.ts"
import { logSoftmax } from "./LogSoftmax.ts"
import { topKDivergence, topKDivergenceGradient } from "../../test/oracle/TopK.ts"

const Numbers = Schema.Array(Schema.Finite)
const Fixture = Schema.fromJsonString(Schema.Struct({
  cases: Schema.Array(Schema.Struct({
    divergence: Schema.Union([
      Schema.Struct({ kind: Schema.Literals(["reverse_kl", "forward_kl"]) }),
      Schema.Struct({ kind: Schema.Literal("jsd"), alpha: Schema.Finite })
    ]),
    student: Numbers,
    teacher: Numbers,
    indices: Schema.optionalKey(Schema.Array(Schema.Int)),
    value: Schema.Finite,
    gradient: Numbers
  })),
  adamW: Schema.Struct({
    options: Schema.Struct({
      learningRate: Schema.Finite,
      beta1: Schema.Finite,
      beta2: Schema.Finite,
      epsilon: Schema.Finite,
      weightDecay: Schema.Finite,
      maxGradientNorm: Schema.Finite
    }),
    start: Numbers,
    gradients: Schema.Array(Numbers),
    end: Numbers
  })
}))
const fixture = Schema.decodeUnknownSync(Fixture)(
  readFileSync(new URL("../../test/fixtures/parity/math.json", import.meta.url), "utf8")
)

const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number) => {
  assert.strictEqual(a.length, b.length)
  for (let i = 0; i < a.length; i++) assert.isAtMost(Math.abs(a[i]! - b[i]!), tolerance, `${a[i]} vs ${b[i]}`)
}

describe("parity with PyTorch in float64", () => {
  it("values and logit gradients of every divergence, full and top-K with tail", () => {
    assert.strictEqual(fixture.cases.length, 40)
    for (const { divergence: kind, gradient, indices, student, teacher, value } of fixture.cases) {
      const p = logSoftmax(student)
      const q = logSoftmax(teacher)
      close([indices === undefined ? divergence(kind, p, q) : topKDivergence(kind, p, q, indices)], [value], 1e-9)
      close(
        indices === undefined ? divergenceGradient(kind, p, q) : topKDivergenceGradient(kind, p, q, indices),
        gradient,
        1e-9
      )
    }
  })

  it("weights after ten AdamW updates with decay and clipping", () => {
    const { end, gradients, options, start } = fixture.adamW
    let ours: Pick<AdamWResult<Float64Array>, "weights" | "state"> = {
      weights: Float64Array.from(start),
      state: emptyAdamState(start.length)
    }
    let reference: ReturnType<typeof Reference.adamW> = {
      weights: Float64Array.from(start),
      state: Reference.emptyAdamState(start.length)
    }
    for (const gradient of gradients) {
      ours = adamW(ours.weights, gradient, ours.state, options)
      reference = Reference.adamW(reference.weights, gradient, reference.state, options)
    }
    close(ours.weights, end, 1e-9)
    close(reference.weights, end, 1e-9)
  })
})
