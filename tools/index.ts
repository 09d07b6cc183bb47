import type { Tool } from "../core/Tool.ts"
import { bash } from "./bash/Bash.ts"
import { editLines } from "./edit_lines/EditLines.ts"
import { edit } from "./edit/Edit.ts"
import { glob } from "./glob/Glob.ts"
import { grep } from "./grep/Grep.ts"
import { jobs } from "./jobs/Jobs.ts"
import { read } from "./read/Read.ts"
import { write } from "./write/Write.ts"

export { bash, edit, editLines, glob, grep, jobs, read, write }
export { ToolListError, toolSandbox } from "./sandbox/index.ts"

/** The built-in tools, in the order in which models see them. */
export const builtinTools: ReadonlyArray<Tool> = [read, write, edit, editLines, glob, grep, bash]

/** The same, and what only models with room are told of. */
export const allTools: ReadonlyArray<Tool> = [...builtinTools, jobs]
