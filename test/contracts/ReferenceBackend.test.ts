import { referenceBackend } from "../helpers/ReferenceBackend.ts"
import { loraBackendContract } from "./LoraBackendContract.ts"

loraBackendContract({
  name: "reference",
  layer: referenceBackend(),
  tolerance: 1e-11,
  gradientTolerance: 1e-8,
  differenceStep: 1e-3
})
