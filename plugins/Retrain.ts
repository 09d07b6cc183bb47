import type * as Layer from "effect/Layer"
import type { TrainedWith } from "../core/domain/LessonEntry.ts"
import type { LoraBackend } from "../core/LoraBackend.ts"
import type { Trainer } from "../core/Trainer.ts"
import { objectives } from "./Objectives.ts"

type Trained = Layer.Layer<Trainer, { readonly message: string }, LoraBackend>

/**
 * The Trainer that a lesson was learned with, from what it said of itself then: undo must learn later lessons as they were
 * learned, whatever the settings are by now. Undefined for objectives that are not bundled.
 */
export const trainerFor = ({ objective, settings }: TrainedWith): Trained | undefined =>
  objectives.find(({ name }) => name === objective)?.recorded(settings)
