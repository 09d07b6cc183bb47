import { assert, describe, it } from "@effect/vitest"
import { dpoLoss, dpoMargin, type PreferencePair } from "./Dpo.ts"

const at = (chosen: number, rejected: number): PreferencePair => ({
  chosen,
  rejected,
  chosenReference: -4,
  rejectedReference: -3
})

describe("DPO", () => {
  it("is ln 2 at the reference, with slope -beta / 2", () => {
    const { loss, slope } = dpoLoss(at(-4, -3), 0.1)
    assert.closeTo(loss, Math.log(2), 1e-15)
    assert.closeTo(slope, -0.05, 1e-15)
    assert.strictEqual(dpoMargin(at(-4, -3), 0.1), 0)
  })

  it("has the slope of central differences, and the other sign in the rejected response", () => {
    const h = 1e-5
    for (const [chosen, rejected, beta] of [[-1, -9, 0.1], [-20, -1, 0.5], [-4.5, -2, 3]] as const) {
      const { slope } = dpoLoss(at(chosen, rejected), beta)
      const up = dpoLoss(at(chosen + h, rejected), beta).loss - dpoLoss(at(chosen - h, rejected), beta).loss
      const down = dpoLoss(at(chosen, rejected + h), beta).loss - dpoLoss(at(chosen, rejected - h), beta).loss
      assert.closeTo(up / (2 * h), slope, 1e-8)
      assert.closeTo(down / (2 * h), -slope, 1e-8)
    }
  })

  it("stays finite for margins of any size", () => {
    for (const margin of [-1e4, 1e4]) {
      const { loss, slope } = dpoLoss(at(-4 + margin, -3), 1)
      assert.isTrue(Number.isFinite(loss) && Number.isFinite(slope))
      assert.closeTo(loss, margin < 0 ? -margin : 0, 1e-9)
      assert.closeTo(slope, margin < 0 ? -1 : 0, 1e-12)
    }
  })
})
