import type { LoraBackend } from "../../core/LoraBackend.ts"

/** How to run operations that do not depend on each other: at once where the backend overlaps them, else one by one. */
export const together = (backend: LoraBackend["Service"]): { readonly concurrency: "unbounded" | 1 } => ({
  concurrency: backend.info.capabilities.overlaps === true ? "unbounded" : 1
})
