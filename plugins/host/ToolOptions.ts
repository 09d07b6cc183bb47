import { join } from "node:path"
import type { Launch } from "../../core/defineAgent.ts"

/** Where the tools of a project keep outputs that are too long to show. */
export const toolOptions = ({ projectState }: Launch) => ({ outputs: join(projectState, "outputs") })
