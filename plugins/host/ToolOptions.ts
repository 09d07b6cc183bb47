import { join } from "node:path"
import type { ToolFolders } from "../../tools/sandbox/index.ts"
import type { Launch } from "../../core/defineAgent.ts"

/** Where the tools of a project keep outputs that are too long to show, and files as they were before calls changed them. */
export const toolOptions = ({ projectState }: Launch): ToolFolders => ({
  outputs: join(projectState, "outputs"),
  checkpoints: join(projectState, "checkpoints")
})
