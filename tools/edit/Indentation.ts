/** Blanks at the start of a line. */
export const indentOf = (line: string): string => /^[ \t]*/.exec(line)?.[0] ?? ""

/** An indentation as the model wrote it, and as the file has it. */
interface Pair {
  readonly model: string
  readonly file: string
}

/** Translates one indentation of the model's to the file's; undefined when the pairs do not tell how. */
export type Translation = (indent: string) => string | undefined

const kindOf = (indent: string): "none" | "spaces" | "tabs" | "both" =>
  indent === "" ? "none" : /^ +$/.test(indent) ? "spaces" : /^\t+$/.test(indent) ? "tabs" : "both"

const pure = (indents: ReadonlyArray<string>): "spaces" | "tabs" | undefined => {
  const kinds = new Set(indents.map(kindOf).filter((kind) => kind !== "none"))
  const [kind] = kinds
  return kinds.size === 1 && (kind === "spaces" || kind === "tabs") ? kind : undefined
}

/** The file's indentation is the model's behind a constant prefix, or the model's without one. */
const shifted = (pairs: ReadonlyArray<Pair>): Translation | undefined => {
  const [first] = pairs
  if (first === undefined) return undefined
  const { file, model } = first
  if (file.endsWith(model)) {
    const prefix = file.slice(0, file.length - model.length)
    if (!pairs.every((pair) => pair.file === prefix + pair.model)) return undefined
    const mixes = pairs.some((pair) => pair.model !== "")
    return (indent) => {
      // Blanks of a kind that the file does not have there would make a mixture of its own.
      const foreign = prefix !== "" && indent !== "" && !mixes && kindOf(prefix) !== kindOf(indent)
      return foreign ? undefined : prefix + indent
    }
  }
  if (model.endsWith(file)) {
    const prefix = model.slice(0, model.length - file.length)
    if (!pairs.every((pair) => pair.model === prefix + pair.file)) return undefined
    return (indent) => indent.startsWith(prefix) ? indent.slice(prefix.length) : undefined
  }
  return undefined
}

/** Levels of another width or another character: so many of the model's blanks are so many of the file's. */
const scaled = (pairs: ReadonlyArray<Pair>): Translation | undefined => {
  const model = pure(pairs.map((pair) => pair.model))
  const file = pure(pairs.map((pair) => pair.file))
  const [first] = pairs
  if (model === undefined || file === undefined || first === undefined) return undefined
  const other = pairs.find((pair) => pair.model.length !== first.model.length)
  // One pair says how wide a level is only where both start at the margin.
  const base: Pair = other === undefined ? { model: "", file: "" } : first
  const tip = other ?? first
  const wide = tip.model.length - base.model.length
  const narrow = tip.file.length - base.file.length
  if (wide === 0 || narrow === 0) return undefined
  const lengthOf = (indent: string): number | undefined => {
    const length = base.file.length + (indent.length - base.model.length) * narrow / wide
    return Number.isInteger(length) && length >= 0 ? length : undefined
  }
  if (!pairs.every((pair) => lengthOf(pair.model) === pair.file.length)) return undefined
  return (indent) => {
    if (indent !== "" && kindOf(indent) !== model) return undefined
    const length = lengthOf(indent)
    return length === undefined ? undefined : (file === "tabs" ? "\t" : " ").repeat(length)
  }
}

/**
 * How the model's indentation becomes the file's, learned from the lines that `old` and the file have in common; undefined
 * when they contradict each other. Indentation that none of them shows is translated by the rule that all of them follow, and
 * by none when there is no such rule.
 */
export const indentTranslation = (
  old: ReadonlyArray<string>,
  file: ReadonlyArray<string>
): Translation | undefined => {
  const known = new Map<string, string>()
  for (const [index, line] of old.entries()) {
    if (line.trim() === "") continue
    const model = indentOf(line)
    const wanted = indentOf(file[index] ?? "")
    const before = known.get(model)
    if (before !== undefined && before !== wanted) return undefined
    known.set(model, wanted)
  }
  const pairs = [...known].map(([model, wanted]): Pair => ({ model, file: wanted }))
  const rule = shifted(pairs) ?? scaled(pairs)
  return (indent) => known.get(indent) ?? rule?.(indent)
}
