import type { Kind } from "../Kind.ts"
import { fileKinds } from "./Files.ts"
import { gitKinds } from "./Git.ts"
import { machineKinds } from "./Machines.ts"
import { packageKinds } from "./Packages.ts"
import { runningKinds } from "./Running.ts"
import { toolKinds } from "./Tools.ts"

/** Every kind of task that is one call. */
export const kinds: ReadonlyArray<Kind> = [
  ...packageKinds,
  ...runningKinds,
  ...toolKinds,
  ...gitKinds,
  ...fileKinds,
  ...machineKinds
]
