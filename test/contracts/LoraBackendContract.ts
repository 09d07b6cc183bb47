import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { describe, layer } from "@effect/vitest"
import * as Layer from "effect/Layer"
import { lossContract } from "./backend/Losses.ts"
import { optimiserContract } from "./backend/Optimiser.ts"
import type { BackendUnderTest } from "./backend/Probe.ts"
import { samplingContract } from "./backend/Sampling.ts"
import { stateContract } from "./backend/State.ts"

export type { BackendUnderTest } from "./backend/Probe.ts"

/**
 * The tests that every LoraBackend passes, through the contract alone: gradients are read off a step of plain descent
 * between two exported adapters. One instance of the backend serves all of them; each test starts from a fresh
 * adapter.
 */
export const loraBackendContract = (subject: BackendUnderTest): void => {
  describe(`LoraBackend contract: ${subject.name}`, () => {
    layer(Layer.merge(subject.layer, NodeFileSystem.layer), { excludeTestServices: true })(
      (it) => {
        describe("sampling and scores", () => samplingContract(it, subject))
        describe("losses and gradients", () => lossContract(it, subject))
        describe("optimiser", () => optimiserContract(it, subject))
        describe("state", () => stateContract(it, subject))
      }
    )
  })
}
