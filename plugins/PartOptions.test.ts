import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { defaultSettings } from "../core/config/Settings.ts"
import { SdpoOptions } from "../trainers/sdpo/index.ts"
import { pocketOptions, sdpoOptions } from "./PartOptions.ts"

describe("settings of the bundled parts", () => {
  it("have the defaults of the parts themselves", () => {
    const decode = Schema.decodeUnknownSync(SdpoOptions)
    assert.deepStrictEqual(decode(sdpoOptions(defaultSettings)), decode({}))
    assert.deepStrictEqual(pocketOptions(defaultSettings), {
      lora: { rank: 16, alpha: 32 },
      seed: 0,
      runtime: "auto"
    })
  })

  it("reach the parts", () => {
    const settings = { ...defaultSettings, model_name: "/models/x", threads: 3, kl_coef: 0.5, learn_from_retry: false }
    assert.deepStrictEqual([pocketOptions(settings).modelDirectory, pocketOptions(settings).threads], ["/models/x", 3])
    assert.deepStrictEqual([sdpoOptions(settings).klCoefficient, sdpoOptions(settings).learnFromRetry], [0.5, false])
  })
})
