import type { Call } from "../../core/domain/Call.ts"

type Asked = Pick<Call, "tool" | "arguments">

/** A task as people type it, and which first calls are a right beginning. */
export interface Task {
  readonly text: string
  readonly isRight: (call: Asked) => boolean
}

const argument = (call: Asked, name: string): string => {
  const value = call.arguments[name]
  return typeof value === "string" ? value : ""
}

/** A shell command that does it. */
const runs = (pattern: RegExp) => (call: Asked): boolean =>
  call.tool === "bash" && pattern.test(argument(call, "command"))

/** One of these tools, on a path or pattern that fits. */
const uses = (tools: ReadonlyArray<string>, about: RegExp) => (call: Asked): boolean =>
  tools.includes(call.tool) && about.test(Object.values(call.arguments).join(" "))

const either = (...ways: ReadonlyArray<(call: Asked) => boolean>) => (call: Asked): boolean =>
  ways.some((way) => way(call))

/** A dozen ordinary tasks in the project of `Project.ts`. */
export const tasks: ReadonlyArray<Task> = [
  {
    text: "list the files",
    isRight: either(runs(/^\s*(ls|find|tree|git ls-files)\b/), uses(["glob"], /\*/), uses(["read"], /^[./]*( |$)/))
  },
  { text: "run the tests", isRight: runs(/\b(npm (run )?(test|t)|node --test)\b/) },
  { text: "install lodash", isRight: runs(/\bnpm (install|i|add)\b.*\blodash\b/) },
  {
    text: "fix the failing test",
    isRight: either(
      runs(/\b(npm (run )?(test|t)|node --test|cat|grep)\b/),
      uses(["read", "edit", "edit_lines", "write", "grep"], /add|test|sum|src/)
    )
  },
  {
    text: "create a file notes.md that says hello",
    isRight: either(uses(["write"], /notes\.md.*hello/is), runs(/hello.*>\s*notes\.md/i))
  },
  { text: "rename old.txt to new.txt", isRight: runs(/\bmv\b.*old\.txt.*new\.txt/) },
  { text: "push to origin", isRight: runs(/\bgit push\b.*\borigin\b/) },
  { text: "commit the changes with the message tidy up", isRight: runs(/\bgit (commit|add)\b/) },
  { text: "search for TODO in the sources", isRight: either(uses(["grep"], /TODO/), runs(/\b(grep|rg|ag)\b.*TODO/)) },
  { text: "delete old.txt", isRight: runs(/\brm\b.*old\.txt/) },
  { text: "format the code", isRight: runs(/\b(prettier|npm run format|dprint|biome)\b/) },
  { text: "create a branch called feature", isRight: runs(/\bgit (checkout -b|switch -c|branch)\s+["']?feature\b/) }
]
