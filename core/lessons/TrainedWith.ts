import type { TrainedWith } from "../domain/LessonEntry.ts"
import type { BackendInfo } from "../LoraBackend.ts"
import type { Trainer } from "../Trainer.ts"

/** With what lessons are learned by this Trainer on this backend. */
export const trainedWith = (trainer: Trainer["Service"], info: BackendInfo): TrainedWith => ({
  objective: trainer.objective,
  settings: trainer.settings,
  backend: info.backend,
  engine: info.engine,
  ...(trainer.rehearses ? { rehearse: trainer.rehearses } : {})
})
