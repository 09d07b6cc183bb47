import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { writeModelFolder } from "../../trainers/models/testing/ModelFolder.ts"
import { loraBackendContract } from "../contracts/LoraBackendContract.ts"
import { contentSnapshots } from "./ContentSnapshots.ts"
import { fakeTinkerLayer } from "./FakeBackend.ts"

const modelDirectory = mkdtempSync(join(tmpdir(), "continualcode-model-"))
writeModelFolder(modelDirectory)

// With a vocabulary this small the service lists it whole, so that everything of the contract can be held to.
loraBackendContract({
  name: "tinker, on a fake service",
  layer: fakeTinkerLayer(
    { modelDirectory, service: { topkLimit: 10_000 }, backend: { topK: 264 } },
    ({ layer, service }) => contentSnapshots(service, layer)
  ),
  tolerance: 2e-5,
  gradientTolerance: 1e-3,
  differenceStep: 0.02
})
