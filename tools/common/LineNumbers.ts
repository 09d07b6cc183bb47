const prefixed = /^[ \t]*(\d+)(?::[0-9a-v]{3})?\t/

/**
 * Takes off the line numbers (and tags) that `read` puts before each line, when a model pasted them along: every line must
 * carry one and they must count up by one. Undefined when that is not so. A final line break is kept.
 */
export const withoutLineNumbers = (
  text: string
): { readonly text: string; readonly first: number; readonly count: number } | undefined => {
  const closed = text.endsWith("\n")
  const lines = (closed ? text.slice(0, -1) : text).split("\n")
  const bare: Array<string> = []
  let first: number | undefined
  for (const [index, line] of lines.entries()) {
    const match = prefixed.exec(line)
    if (match === null) return undefined
    const number = Number(match[1])
    first ??= number
    if (number !== first + index) return undefined
    bare.push(line.slice(match[0].length))
  }
  if (first === undefined) return undefined
  return { text: bare.join("\n") + (closed ? "\n" : ""), first, count: bare.length }
}
