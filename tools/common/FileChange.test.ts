import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import {
  chmodSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import type { CallArguments } from "../../core/domain/Call.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { Workspace } from "../../core/Workspace.ts"
import { callTool, callWithMeta, fileText, inProject } from "../testing/TempProject.ts"

const files = { "a.txt": "l1\nl2\nl3\n", "b.txt": "other\n" }

/** Shows a call, lets something happen, and runs what was shown. */
const shownThen = Effect.fnUntraced(function*(tool: string, args: CallArguments, meanwhile: (root: string) => void) {
  const sandbox = yield* ToolSandbox
  const { root } = yield* Workspace
  const call = { id: "1", tool, arguments: args }
  yield* callTool("read", { path: String(args["path"]) })
  const prospect = yield* sandbox.preview(call)
  assert.strictEqual(prospect._tag, "WouldRun")
  meanwhile(root)
  return yield* sandbox.run(call, prospect._tag === "WouldRun" ? prospect.basis : undefined)
})

const editSecond = { path: "a.txt", start_line: 2, end_line: 2, content: "NEW" }
const writeA = { path: "a.txt", content: "mine\n" }

const meanwhile: ReadonlyArray<readonly [string, string, CallArguments, (root: string) => void]> = [
  [
    "lines inserted above",
    "edit_lines",
    editSecond,
    (root) => writeFileSync(join(root, "a.txt"), "x\ny\nl1\nl2\nl3\n")
  ],
  ["other contents", "write", writeA, (root) => writeFileSync(join(root, "a.txt"), "theirs\n")],
  [
    "a file that appeared",
    "write",
    { path: "new.txt", content: "mine\n" },
    (root) => writeFileSync(join(root, "new.txt"), "theirs\n")
  ],
  ["a file that went away", "edit", { path: "a.txt", old: "l2", new: "x" }, (root) => unlinkSync(join(root, "a.txt"))],
  ["a link to another file", "write", writeA, (root) => {
    unlinkSync(join(root, "a.txt"))
    symlinkSync("b.txt", join(root, "a.txt"))
  }],
  ["a link out of the project", "write", writeA, (root) => {
    writeFileSync(join(root, "../secret.txt"), "l1\nl2\nl3\n")
    unlinkSync(join(root, "a.txt"))
    symlinkSync("../secret.txt", join(root, "a.txt"))
  }],
  ["another mode", "edit", { path: "a.txt", old: "l2", new: "x" }, (root) => {
    chmodSync(join(root, "a.txt"), 0o755)
  }],
  [
    "a second name",
    "edit",
    { path: "a.txt", old: "l2", new: "x" },
    (root) => linkSync(join(root, "a.txt"), join(root, "c.txt"))
  ]
]

describe("a change is the one that was shown", () => {
  for (const [what, tool, args, happens] of meanwhile) {
    it.live(`not after ${what}`, () =>
      inProject(
        files,
        Effect.gen(function*() {
          const path = yield* Path.Path
          const fs = yield* FileSystem.FileSystem
          const { root } = yield* Workspace
          let between: string | undefined
          const target = path.join(root, String(args["path"]))
          const result = yield* shownThen(tool, args, (folder) => {
            happens(folder)
            between = existsSync(target) ? readFileSync(target, "utf8") : undefined
          })
          assert.strictEqual(result.outdated, true)
          assert.isFalse(result.success)
          const after = existsSync(target) ? yield* fs.readFileString(target) : undefined
          assert.strictEqual(after, between, "nothing was written")
          assert.strictEqual(yield* fileText("b.txt"), "other\n")
        })
      ))
  }

  it.live("and when all is as it was, it is made", () =>
    inProject(
      files,
      Effect.gen(function*() {
        // Touched, and even replaced by a file with the same content: what was shown still holds.
        const result = yield* shownThen("edit_lines", editSecond, (root) => {
          writeFileSync(join(root, "copy"), "l1\nl2\nl3\n", { mode: 0o644 })
          renameSync(join(root, "copy"), join(root, "a.txt"))
        })
        assert.deepStrictEqual(result.meta, { path: "a.txt", added: 1, removed: 1 })
        assert.strictEqual(yield* fileText("a.txt"), "l1\nNEW\nl3\n")
      })
    ))

  it.live("looking is bound to the place that was shown", () =>
    Effect.forEach(
      [["read", {}], ["grep", { pattern: "l" }], ["glob", { pattern: "*" }]] as const,
      ([tool, more]) =>
        inProject(
          { "a/x.txt": "l\n", "b/y.txt": "l\n" },
          Effect.gen(function*() {
            const result = yield* shownThen(tool, { path: "a", ...more }, (root) => {
              renameSync(join(root, "a"), join(root, "c"))
              symlinkSync("b", join(root, "a"))
            })
            assert.strictEqual(result.outdated, true)
            assert.notInclude(result.output, "y.txt")
          })
        )
    ))
})

describe("many changes of one file at once", () => {
  it.live("each is done on the newest content", () =>
    inProject(
      { "n.txt": Array.from({ length: 20 }, (_, index) => `line ${index}.\n`).join("") },
      Effect.gen(function*() {
        yield* callTool("read", { path: "n.txt" })
        const results = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, index) => index),
          (index) => callTool("edit", { path: "n.txt", old: `line ${index}.`, new: `done ${index}.` }),
          { concurrency: "unbounded" }
        )
        assert.isTrue(results.every(({ success }) => success))
        assert.strictEqual(
          yield* fileText("n.txt"),
          Array.from({ length: 20 }, (_, index) => `done ${index}.\n`).join("")
        )
      })
    ))

  it.live("of those approved on the same content, one is done and the others are shown again", () =>
    inProject(
      files,
      Effect.gen(function*() {
        const sandbox = yield* ToolSandbox
        yield* callTool("read", { path: "a.txt" })
        const calls = ["l1", "l2", "l3"].map((old) => ({
          id: old,
          tool: "edit",
          arguments: { path: "a.txt", old, new: `${old}!` }
        }))
        const prospects = yield* Effect.forEach(calls, (call) => sandbox.preview(call))
        const results = yield* Effect.forEach(calls, (call, index) => {
          const prospect = prospects[index]
          return sandbox.run(call, prospect?._tag === "WouldRun" ? prospect.basis : undefined)
        }, { concurrency: "unbounded" })
        assert.strictEqual(results.filter(({ success }) => success).length, 1)
        assert.strictEqual(results.filter(({ outdated }) => outdated).length, 2)
        assert.strictEqual((yield* fileText("a.txt")).split("!").length, 2)
      })
    ))
})

describe("a file with other names", () => {
  it.live("is not changed where one of them is outside or protected", () =>
    inProject(
      { ...files, ".git/config": "[core]\n" },
      Effect.gen(function*() {
        const { root } = yield* Workspace
        writeFileSync(join(root, "../outside.txt"), "theirs\n")
        linkSync(join(root, "../outside.txt"), join(root, "in.txt"))
        linkSync(join(root, ".git/config"), join(root, "config.txt"))
        for (const path of ["in.txt", "config.txt"]) {
          yield* callTool("read", { path })
          const result = yield* callWithMeta("write", { path, content: "mine\n" })
          assert.strictEqual(
            result.output,
            `${path} is also a file outside the project or in a protected place (a hard link): both would change; replace it by `
              + "a copy first, or ask the user to change it"
          )
        }
        assert.strictEqual(yield* fileText("../outside.txt"), "theirs\n")
        assert.strictEqual(yield* fileText(".git/config"), "[core]\n")
      })
    ))
})
