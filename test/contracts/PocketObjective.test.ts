import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pocket } from "../../trainers/pocket/index.ts"
import { writeModelFolder } from "../../trainers/models/testing/ModelFolder.ts"
import { dpo } from "../../trainers/dpo/index.ts"
import { sdpo } from "../../trainers/sdpo/index.ts"
import { sft } from "../../trainers/sft/index.ts"
import { objectiveContract } from "./ObjectiveContract.ts"

const modelDirectory = mkdtempSync(join(tmpdir(), "continualcode-model-"))
writeModelFolder(modelDirectory)
const backend = pocket({ modelDirectory, threads: 1, lora: { rank: 4, alpha: 8 } })
const settings = { learningRate: 5e-3, innerSteps: 3, gate: 1e-5 }

objectiveContract({
  name: "sdpo on pocket, full vocabulary",
  backend,
  trainer: (o) => sdpo(o),
  settings,
  lowersDivergence: true
})
objectiveContract({
  name: "sdpo on pocket, JSD, EMA teacher",
  backend,
  trainer: (o) => sdpo({ ...o, divergence: "jsd", teacher: "ema" }),
  settings,
  lowersDivergence: true
})
objectiveContract({
  name: "sdpo on pocket, sampled tokens",
  backend,
  trainer: (o) => sdpo({ ...o, estimator: "sampled", divergence: "reverse_kl" }),
  settings,
  lowersDivergence: false
})
objectiveContract({
  name: "sdpo on pocket, top-K and tail",
  backend,
  trainer: (o) => sdpo({ ...o, estimator: "topk" }),
  settings,
  lowersDivergence: true
})
objectiveContract({ name: "sft on pocket", backend, trainer: (o) => sft(o), settings, lowersDivergence: true })
objectiveContract({ name: "dpo on pocket", backend, trainer: (o) => dpo(o), settings, lowersDivergence: false })
