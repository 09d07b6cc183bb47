import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pocket } from "../../trainers/pocket/index.ts"
import { tinyFamilies } from "../../trainers/pocket/testing/Families.ts"
import { folderConfig, writeModelFolder } from "../../trainers/models/testing/ModelFolder.ts"
import { loraBackendContract } from "./LoraBackendContract.ts"

/** The families that the pocket backend runs, with an adapter on the turn only. */
for (const [family, config] of Object.entries(tinyFamilies)) {
  const directory = mkdtempSync(join(tmpdir(), "continualcode-model-"))
  writeModelFolder(directory, {
    ...folderConfig,
    ...config,
    vocabularySize: folderConfig.vocabularySize,
    contextLength: 256
  })
  loraBackendContract({
    name: `pocket, ${family}, on the turn`,
    layer: pocket({
      modelDirectory: directory,
      runtime: "native",
      threads: 1,
      scope: "turn",
      lora: { rank: 4, alpha: 8 }
    }),
    tolerance: 2e-5,
    gradientTolerance: 1e-3,
    differenceStep: 0.02
  })
}

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
