import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pocket } from "../../trainers/pocket/index.ts"
import { writeModelFolder } from "../../trainers/models/testing/ModelFolder.ts"
import { loraBackendContract } from "./LoraBackendContract.ts"

const modelDirectory = mkdtempSync(join(tmpdir(), "continualcode-model-"))
writeModelFolder(modelDirectory)

for (const runtime of ["native", "wasm"] as const) {
  loraBackendContract({
    name: `pocket, ${runtime}`,
    layer: pocket({ modelDirectory, runtime, threads: 1, lora: { rank: 4, alpha: 8 } }),
    tolerance: 2e-5,
    gradientTolerance: 1e-3,
    differenceStep: 0.02
  })
}
