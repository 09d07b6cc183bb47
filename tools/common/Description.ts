import { readFileSync } from "node:fs"

/**
 * The description.md beside a tool, its `{{NAME}}` places filled with the values the code really uses.
 *
 * @throws Error when a place has no value or a value has no place, so that text and code cannot drift apart.
 */
export const describeFrom = (moduleUrl: string, values: Readonly<Record<string, number | string>> = {}): string => {
  const unused = new Set(Object.keys(values))
  const text = readFileSync(new URL("./description.md", moduleUrl), "utf8").trim()
  const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`description.md names {{${name}}}, which has no value (${moduleUrl})`)
    unused.delete(name)
    return String(value)
  })
  if (unused.size > 0) throw new Error(`description.md does not mention ${[...unused].join(", ")} (${moduleUrl})`)
  return filled
}
