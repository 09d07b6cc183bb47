import type { TrainedWith } from "../domain/LessonEntry.ts"
import type { BackendInfo } from "../LoraBackend.ts"
import type { Trainer } from "../Trainer.ts"

/** With what lessons are learned by this Trainer on this backend, `rehearse` kept turns beside each. */
export const trainedWith = (trainer: Trainer["Service"], info: BackendInfo, rehearse = 0): TrainedWith => ({
  objective: trainer.objective,
  settings: trainer.settings,
  backend: info.backend,
  engine: info.engine,
  ...(rehearse === 0 ? {} : { rehearse })
})
