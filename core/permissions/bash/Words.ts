import type { Node } from "web-tree-sitter"
import type { Word } from "./Script.ts"

const unescape = (text: string): string =>
  text.replace(/\\(\n|[\s\S])/g, (_, character: string) => character === "\n" ? "" : character)

/** Inside double quotes a backslash only escapes these. */
const unescapeQuoted = (text: string): string =>
  text.replace(/\\([$`"\\\n])/g, (_, character: string) => character === "\n" ? "" : character)

/** Braces make several words of one; an empty pair is itself. */
const BRACES = /[{}]/
const hasBraces = (text: string): boolean => BRACES.test(text.replaceAll("{}", ""))

/**
 * The text of a word with its quotes taken away; undefined when it has a part that only the shell knows (a variable, a
 * substitution, braces). Patterns for file names stay as they are written.
 */
export const wordOf = (node: Node): Word => {
  switch (node.type) {
    case "word":
      return hasBraces(node.text) ? undefined : unescape(node.text)
    case "number":
    case "test_operator":
    case "special_variable_name":
      return node.text
    case "raw_string":
      return node.text.slice(1, -1)
    case "string": {
      const plain = node.namedChildren.every((child) => child.type === "string_content")
      return plain ? unescapeQuoted(node.text.slice(1, -1)) : undefined
    }
    case "command_name": {
      const [only, ...others] = node.namedChildren
      return only === undefined || others.length > 0 ? undefined : wordOf(only)
    }
    case "concatenation": {
      if (/^[\w-]*\{\}$/.test(node.text)) return node.text
      const parts = node.children.map(wordOf)
      return parts.includes(undefined) ? undefined : parts.join("")
    }
    default:
      return undefined
  }
}

/** What makes a word unknown, in words for the person. */
export const unknownPart = (node: Node): string => {
  const kinds: ReadonlyArray<readonly [string, string]> = [
    ["command_substitution", "a command substitution"],
    ["process_substitution", "a process substitution"],
    ["arithmetic_expansion", "arithmetic"],
    ["simple_expansion", "a variable"],
    ["expansion", "a variable"],
    ["ansi_c_string", "an escaped string"],
    ["translated_string", "a translated string"],
    ["brace_expression", "braces"]
  ]
  const found = kinds.find(([type]) => node.type === type || node.descendantsOfType(type).length > 0)
  return found?.[1] ?? "braces"
}
