import { gpuDescriptor } from "../trainers/gpu/Descriptor.ts"
import { pocketDescriptor } from "../trainers/pocket/Descriptor.ts"
import type { TrainerDescriptor } from "../trainers/TrainerDescriptor.ts"
import { gpuPlaces, pocketModel } from "./GpuPlaces.ts"
import { tinkerDescriptor } from "./tinker/Descriptor.ts"

/** The bundled trainers. Whatever offers or explains trainers reads this list. */
export const trainers: ReadonlyArray<TrainerDescriptor> = [
  pocketDescriptor({ places: gpuPlaces() }),
  gpuDescriptor({ places: gpuPlaces(), pocketModel }),
  tinkerDescriptor
]
