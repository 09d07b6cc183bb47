import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"
import type { Node, Parser } from "web-tree-sitter"
import type { Redirect, Script, SubCommand } from "./Script.ts"
import { unknownPart, wordOf } from "./Words.ts"

/** Statements that only hold others. */
const STRUCTURE: ReadonlySet<string> = new Set([
  "program",
  "list",
  "pipeline",
  "subshell",
  "compound_statement",
  "negated_command",
  "if_statement",
  "elif_clause",
  "else_clause",
  "while_statement",
  "do_group",
  "for_statement",
  "case_statement",
  "case_item",
  "redirected_statement"
])

/** Variables whose values change nothing about which programs run. */
const HARMLESS = /^(NODE_ENV|CI|DEBUG|FORCE_COLOR|NO_COLOR|LANG|LC_[A-Z]+|TZ|RUST_BACKTRACE|PYTHONUNBUFFERED)$/

/** Characters that a terminal would not show as they are. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/

/** Takes a parsed script apart. Whatever is not known to be harmless makes it opaque. */
class Reader {
  readonly commands: Array<SubCommand> = []
  readonly redirects: Array<Redirect> = []
  readonly opaque = new Set<string>()

  /** A statement. */
  visit(node: Node): void {
    if (node.type === "comment" || !node.isNamed) return
    if (node.type === "command") return this.command(node)
    if (node.type === "file_redirect") return this.redirect(node)
    if (node.type === "heredoc_redirect") return this.heredoc(node)
    if (node.type === "herestring_redirect") return this.known(node.namedChildren)
    if (node.type === "variable_assignment") return this.assignment(node)
    if (node.type === "test_command") return this.test(node)
    if (!STRUCTURE.has(node.type)) return void this.opaque.add(node.type.replaceAll("_", " "))
    for (const child of node.namedChildren) {
      const isWord = node.type === "for_statement" || node.type === "case_statement" || node.type === "case_item"
      if (isWord && child.type === "variable_name") continue
      if (isWord && wordOf(child) !== undefined) continue
      if (child.type === "extglob_pattern" || child.type === "regex") this.opaque.add("a pattern")
      else this.visit(child)
    }
  }

  command(node: Node): void {
    const words: Array<string | undefined> = []
    for (const child of node.namedChildren) {
      if (child.type === "variable_assignment") this.assignment(child)
      else if (child.type.endsWith("_redirect")) this.visit(child)
      else {
        const word = wordOf(child)
        if (word === undefined) this.opaque.add(unknownPart(child))
        this.substitutions(child)
        words.push(word)
      }
    }
    if (words[0] !== undefined && /[*?[~]/.test(words[0])) this.opaque.add("a pattern as the name of a command")
    this.commands.push({ words, text: node.text })
  }

  /** Commands inside substitutions are commands too, so that a rule against them counts. */
  substitutions(node: Node): void {
    for (const type of ["command_substitution", "process_substitution"]) {
      for (const inside of node.descendantsOfType(type)) {
        for (const child of inside.namedChildren) this.visit(child)
      }
    }
  }

  assignment(node: Node): void {
    const name = node.childForFieldName("name")?.text ?? ""
    const value = node.childForFieldName("value")
    if (value !== null) this.known([value])
    if (!HARMLESS.test(name)) this.opaque.add("a variable that is set")
  }

  known(nodes: ReadonlyArray<Node>): void {
    for (const node of nodes) {
      if (wordOf(node) === undefined) this.opaque.add(unknownPart(node))
      this.substitutions(node)
    }
  }

  test(node: Node): void {
    for (const type of ["command_substitution", "process_substitution"]) {
      if (node.descendantsOfType(type).length > 0) this.opaque.add("a command substitution")
    }
    this.substitutions(node)
  }

  heredoc(node: Node): void {
    for (const child of node.namedChildren) {
      if (child.type === "heredoc_start" || child.type === "heredoc_end" || child.type === "file_descriptor") continue
      if (child.type !== "heredoc_body") this.visit(child)
      else if (child.namedChildren.some((part) => part.type !== "heredoc_content")) {
        this.opaque.add(unknownPart(child))
        this.substitutions(child)
      }
    }
  }

  redirect(node: Node): void {
    const operator = node.children.find((child) => !child.isNamed)?.type ?? ""
    const destination = node.childForFieldName("destination")
    if (destination === null) return void this.opaque.add("a redirect")
    const path = wordOf(destination)
    this.substitutions(destination)
    if (operator.endsWith("&") && path !== undefined && /^(\d+-?|-)$/.test(path)) return
    this.redirects.push({ access: operator === "<" ? "read" : "write", path })
  }
}

const loadParser = async (): Promise<Parser> => {
  const { Language, Parser } = await import("web-tree-sitter")
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(
    await Language.load(fileURLToPath(import.meta.resolve("tree-sitter-bash/tree-sitter-bash.wasm")))
  )
  return parser
}

let loading: Promise<Parser> | undefined

const nothingKnown = (text: string, why: string): Script => ({
  commands: [{ words: [undefined], text }],
  redirects: [],
  opaque: [why]
})

/**
 * Takes a shell script apart. The parser is loaded at the first use. A script that it does not understand whole is opaque,
 * and so is every one where it cannot be loaded.
 */
export const readScript = (text: string): Effect.Effect<Script> =>
  Effect.tryPromise(() => loading ??= loadParser()).pipe(
    Effect.map((parser): Script => {
      const tree = parser.parse(text)
      if (tree === null) return nothingKnown(text, "shell syntax that cannot be read")
      const reader = new Reader()
      if (tree.rootNode.hasError) reader.opaque.add("shell syntax that cannot be read")
      if (HIDDEN.test(text)) reader.opaque.add("characters that cannot be seen")
      for (const command of tree.rootNode.hasError ? tree.rootNode.descendantsOfType("command") : []) {
        reader.command(command)
      }
      if (!tree.rootNode.hasError) reader.visit(tree.rootNode)
      tree.delete()
      return { commands: reader.commands, redirects: reader.redirects, opaque: [...reader.opaque] }
    }),
    Effect.orElseSucceed(() => nothingKnown(text, "no parser for shell commands"))
  )
