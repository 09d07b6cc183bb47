import { dpoDescriptor } from "../trainers/dpo/Options.ts"
import { grpoDescriptor } from "../trainers/grpo/Options.ts"
import type { ObjectiveDescriptor } from "../trainers/lesson/Descriptor.ts"
import { mixtureDescriptor } from "../trainers/mixture/Options.ts"
import { ppoDescriptor } from "../trainers/ppo/Options.ts"
import { sdpoDescriptor, sdpoLiteralDescriptor } from "../trainers/sdpo/Options.ts"
import { sftDescriptor } from "../trainers/sft/Options.ts"

/** The bundled objectives. Whatever offers, explains or learns again with objectives reads this list. */
export const objectives: ReadonlyArray<ObjectiveDescriptor> = [
  sdpoDescriptor,
  sdpoLiteralDescriptor,
  sftDescriptor,
  dpoDescriptor,
  grpoDescriptor,
  ppoDescriptor,
  mixtureDescriptor
]
