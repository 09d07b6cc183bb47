import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { Buffer } from "node:buffer"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { Workspace } from "../../core/Workspace.ts"
import { callTool, fileText, inProject } from "../testing/TempProject.ts"

const undo = ToolSandbox.use((sandbox) => sandbox.undo ?? Effect.die("these tools keep nothing"))
/** What came of an undo, in words. */
const said = Effect.map(undo, (undone) => undone._tag === "Undone" ? `${undone.path} ${undone.removed}` : undone.reason)
const write = (path: string, content: string) => callTool("write", { path, content })
/** A file's bytes, one character each: nothing is decoded away. */
const bytesOf = Effect.fnUntraced(function*(name: string) {
  const { root } = yield* Workspace
  return yield* FileSystem.FileSystem.use((fs) => fs.readFile(`${root}/${name}`)).pipe(
    Effect.map((bytes) => Buffer.from(bytes).toString("latin1"))
  )
})
const exists = Effect.fnUntraced(function*(name: string) {
  const { root } = yield* Workspace
  return yield* FileSystem.FileSystem.use((fs) => fs.exists(`${root}/${name}`))
})
const change = Effect.fnUntraced(function*(name: string, text: string) {
  const { root } = yield* Workspace
  yield* FileSystem.FileSystem.use((fs) => fs.writeFileString(`${root}/${name}`, text))
})

describe("taking back what a call did to a file", () => {
  it.effect("goes back call by call, to the byte, and removes what was made", () =>
    inProject(
      { "a.txt": "\ufeffone\r\ntwo\r\n" },
      Effect.gen(function*() {
        yield* callTool("read", { path: "a.txt" })
        yield* callTool("edit", { path: "a.txt", old: "one", new: "1" })
        yield* callTool("edit", { path: "a.txt", old: "two", new: "2" })
        yield* write("b.txt", "new")
        assert.strictEqual(yield* said, "b.txt true")
        assert.isFalse(yield* exists("b.txt"))
        assert.strictEqual(yield* said, "a.txt false")
        assert.strictEqual(yield* bytesOf("a.txt"), "\xef\xbb\xbf1\r\ntwo\r\n")
        assert.strictEqual(yield* said, "a.txt false")
        assert.strictEqual(yield* bytesOf("a.txt"), "\xef\xbb\xbfone\r\ntwo\r\n")
        assert.match(yield* said, /^No call has changed a file/)
      })
    ))

  it.effect("loses nothing that came since: it says where the old content is, and goes on to the change before", () =>
    inProject(
      { "a.txt": "one\n", "b.txt": "old\n" },
      Effect.gen(function*() {
        yield* callTool("read", { path: "a.txt" })
        yield* callTool("read", { path: "b.txt" })
        yield* write("b.txt", "new\n")
        yield* write("a.txt", "two\n")
        yield* change("a.txt", "mine\n")
        const [, copy = ""] = /^a\.txt was changed after that call.* lies in (\S+)\. Once more/.exec(yield* said) ?? []
        assert.strictEqual(yield* FileSystem.FileSystem.use((fs) => fs.readFileString(copy)), "one\n")
        assert.strictEqual(yield* fileText("a.txt"), "mine\n")
        assert.strictEqual(yield* said, "b.txt false")
        assert.strictEqual(yield* fileText("b.txt"), "old\n")
      })
    ))

  it.effect("a file that somebody put back already is passed over", () =>
    inProject(
      { "a.txt": "one\n" },
      Effect.gen(function*() {
        yield* write("b.txt", "b")
        yield* callTool("read", { path: "a.txt" })
        yield* write("a.txt", "two\n")
        yield* change("a.txt", "one\n")
        assert.strictEqual(yield* said, "b.txt true")
      })
    ))

  it.effect("the model has to read the file again before it changes it", () =>
    inProject(
      { "a.txt": "one\n" },
      Effect.gen(function*() {
        yield* callTool("read", { path: "a.txt" })
        yield* write("a.txt", "two\n")
        yield* undo
        assert.isFalse((yield* write("a.txt", "three\n")).success)
      })
    ))

  it.effect("nothing is left of a call that changed nothing", () =>
    inProject(
      { "a.txt": "one\n" },
      Effect.gen(function*() {
        yield* write("a.txt", "unread")
        yield* callTool("read", { path: "a.txt" })
        yield* callTool("edit", { path: "a.txt", old: "missing", new: "2" })
        assert.match(yield* said, /^No call has changed a file/)
      })
    ))

  it.effect("old contents are the user's alone to read, and outlive the tools that kept them", () =>
    inProject(
      { "a.txt": "one\n" },
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const { root } = yield* Workspace
        yield* callTool("read", { path: "a.txt" })
        yield* write("a.txt", "two\n")
        const folder = path.join(path.dirname(root), "checkpoints")
        const modes = yield* Effect.forEach(yield* fs.readDirectory(folder), (name) =>
          Effect.map(fs.stat(path.join(folder, name)), ({ mode }) => mode & 0o777))
        assert.deepStrictEqual(modes, [0o600, 0o600])
        assert.strictEqual((yield* fs.stat(folder)).mode & 0o777, 0o700)
      })
    ))
})
