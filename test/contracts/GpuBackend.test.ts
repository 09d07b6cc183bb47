import * as NodeServices from "@effect/platform-node/NodeServices"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gpu } from "../../trainers/gpu/index.ts"
import { writeModelFolder } from "../../trainers/models/testing/ModelFolder.ts"
import { gpuPython, withoutGpuPython } from "../helpers/GpuEnvironment.ts"
import { loraBackendContract } from "./LoraBackendContract.ts"

if (gpuPython === undefined) {
  describe("LoraBackend contract: gpu", () => {
    it.skip(withoutGpuPython, () => {})
  })
} else {
  const model = mkdtempSync(join(tmpdir(), "continualcode-model-"))
  writeModelFolder(model)
  loraBackendContract({
    name: "gpu, on the CPU",
    layer: gpu({
      model,
      python: gpuPython,
      device: "cpu",
      threads: 1,
      lora: { rank: 4, alpha: 8 },
      report: () => Effect.void
    }).pipe(Layer.provide(NodeServices.layer)),
    tolerance: 2e-5,
    gradientTolerance: 1e-3,
    differenceStep: 0.02
  })
}
