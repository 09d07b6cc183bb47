import * as Effect from "effect/Effect"
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import type { CallArguments } from "../../core/domain/Call.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { Workspace } from "../../core/Workspace.ts"
import type { Draw } from "./Draw.ts"

/** One call and what the tree is to be after it, when it worked: a file's path and new text. */
interface Step {
  readonly tool: string
  readonly arguments: CallArguments
  readonly change?: { readonly path: string; readonly text: string }
}

const NAMES = ["a.txt", "src/b.js", "src/deep/c.md", "[id] (x).ts", "-dash.txt", "übung.txt", "d/e/f/g.txt"] as const
const OUTSIDE = ["../canary.txt", "out/canary.txt", "src/../../canary.txt", "/etc/passwd", ".git/config"] as const
const LEFT_RUNNING = [
  "setsid sleep 600 & echo done",
  "(setsid sh -c 'sleep 600 & exec sleep 601' &); echo done",
  "timeout 600 sh -c 'sleep 600; echo' & echo done",
  "env -i setsid sleep 600 >/dev/null 2>&1 & echo done"
] as const

/** The tree before: text files, one link inside, one out, and a file outside that nothing may touch. */
const layTree = (root: string): Map<string, string> => {
  const files = new Map<string, string>(
    NAMES.slice(0, 5).map((name, index) => [
      name,
      Array.from({ length: 5 + index }, (_, line) => `${name} line ${line}\n`).join("")
    ])
  )
  const all = [...files, ["../canary.txt", "outside\n"], [".git/config", "[core]\n"]] as const
  for (const [name, text] of all) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  symlinkSync("..", join(root, "out"))
  symlinkSync("a.txt", join(root, "link.txt"))
  return files
}

const drawText = (draw: Draw, number: number): string =>
  Array.from(
    { length: 1 + draw.below(6) },
    (_, line) => `call ${number} line ${line} ${draw.pick(["$&", "ä", "\t", ""])}\n`
  ).join("")

const drawStep = (draw: Draw, files: ReadonlyMap<string, string>, number: number): Step => {
  const name = draw.pick(NAMES)
  const path = name === "a.txt" && draw.chance(0.3) ? "link.txt" : name
  const old = files.get(name)
  const lines = old?.match(/[^\n]*\n/g) ?? []
  const kind = draw.below(100)
  if (kind < 25)
    return { tool: "read", arguments: { path, ...(draw.chance(0.3) ? { offset: 1 + draw.below(4) } : {}) } }
  if (kind < 45) {
    const content = drawText(draw, number)
    return { tool: "write", arguments: { path, content }, change: { path: name, text: content } }
  }
  const at = draw.below(Math.max(1, lines.length))
  const line = lines[at]
  if (kind < 60 && old !== undefined && line !== undefined) {
    const fresh = drawText(draw, number)
    return {
      tool: "edit",
      arguments: { path, old: line, new: fresh },
      ...(old.split(line).length === 2 ? { change: { path: name, text: old.split(line).join(fresh) } } : {})
    }
  }
  if (kind < 75 && old !== undefined) {
    const content = drawText(draw, number)
    const insert = draw.chance(0.4)
    const text = [...lines.slice(0, at), content, ...lines.slice(insert ? at : at + 1)].join("")
    return {
      tool: "edit_lines",
      arguments: { path, start_line: at + 1, end_line: insert || lines.length === 0 ? at : at + 1, content },
      change: { path: name, text }
    }
  }
  if (kind < 80) return { tool: "glob", arguments: { pattern: draw.pick(["**/*", "*.txt", "src/**"]) } }
  if (kind < 86) return { tool: "grep", arguments: { pattern: draw.pick(["line \\d", "call", "(", "$&"]) } }
  if (kind < 91) return { tool: "bash", arguments: { command: draw.pick(LEFT_RUNNING) } }
  const away = draw.pick(OUTSIDE)
  return draw.pick<Step>([
    { tool: "write", arguments: { path: away, content: "mine\n" } },
    { tool: "edit", arguments: { path: away, old: "outside", new: "mine" } },
    { tool: "edit_lines", arguments: { path: away, start_line: 1, end_line: 1, content: "mine" } },
    { tool: "read", arguments: { path: draw.pick(["../canary.txt", "out/canary.txt"]) } }
  ])
}

const treeOf = (folder: string, below = ""): ReadonlyArray<readonly [string, string]> =>
  readdirSync(join(folder, below)).flatMap((name) => {
    const path = below === "" ? name : `${below}/${name}`
    const info = lstatSync(join(folder, path))
    if (info.isSymbolicLink()) return [[path, `-> ${readlinkSync(join(folder, path))}`]]
    return info.isDirectory() ? treeOf(folder, path) : [[path, readFileSync(join(folder, path), "utf8")]]
  })

/** Living processes whose folder is the tree; none where there is no `/proc` to ask. */
const processesIn = (root: string): number =>
  (existsSync("/proc/self/stat") ? readdirSync("/proc") : []).filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(root) &&
        !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
    } catch {
      return false
    }
  }).length

/**
 * Makes `count` random calls as the loop does (shown, then run on what was shown), some of them into places that are closed and
 * some that leave processes behind, and compares the tree with what the successful ones were to make of it.
 */
export const randomCalls = Effect.fnUntraced(function*(draw: Draw, count: number) {
  const { root } = yield* Workspace
  const sandbox = yield* ToolSandbox
  const files = yield* Effect.sync(() => layTree(root))
  const unexpected: Array<string> = []
  for (let number = 0; number < count; number += 1) {
    const step = drawStep(draw, files, number)
    const call = { id: `soak-${number}`, tool: step.tool, arguments: step.arguments }
    const prospect = yield* sandbox.preview(call)
    const result = prospect._tag === "WouldFail" ? prospect.result : yield* sandbox.run(call, prospect.basis)
    if (result.success && step.change !== undefined) files.set(step.change.path, step.change.text)
    else if (result.success && ["write", "edit", "edit_lines"].includes(step.tool)) {
      unexpected.push(`${JSON.stringify(call)} was not to work: ${result.output}`)
    }
    if (!result.success && (result.feedback ?? "") === "") unexpected.push(`no reason for ${JSON.stringify(call)}`)
  }
  const wanted = new Map([...files, [".git/config", "[core]\n"], ["out", "-> .."], ["link.txt", "-> a.txt"]])
  const found = new Map(treeOf(root))
  for (const path of new Set([...wanted.keys(), ...found.keys()])) {
    if (wanted.get(path) !== found.get(path)) unexpected.push(`${path} is not as it was to be`)
  }
  if (readFileSync(join(root, "../canary.txt"), "utf8") !== "outside\n") unexpected.push("the file outside was changed")
  return { unexpected, processesLeft: processesIn(root) }
})
