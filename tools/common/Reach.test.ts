import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { Access } from "../../core/permissions/Access.ts"
import { rulesOf } from "../../core/permissions/Defaults.ts"
import { Permissions } from "../../core/permissions/Permissions.ts"
import type { PermissionSet } from "../../core/permissions/PermissionSet.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { Workspace } from "../../core/Workspace.ts"
import { allTools, toolSandbox } from "../index.ts"
import { none } from "../runner/index.ts"

interface Ground {
  readonly home: string
  readonly call: (tool: string, args: Readonly<Record<string, string>>) => Effect.Effect<string>
  readonly effect: (tool: string, args: Readonly<Record<string, string>>) => Effect.Effect<string>
  readonly text: (file: string) => Effect.Effect<string>
}

/** A project in a home folder with things beside it, under permissions as flags give them. */
const beside = (granted: PermissionSet, use: (ground: Ground) => Effect.Effect<void>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const home = yield* Effect.flatMap(fs.makeTempDirectoryScoped({ prefix: "continualcode-reach-" }), fs.realPath)
    const root = `${home}/project`
    for (
      const [file, text] of Object.entries({
        "project/a.txt": "inside\n",
        "other/b.txt": "beside\n",
        "other/.env": "TOKEN=1\n",
        "other/.git/config": "[core]\n",
        "third/c.txt": "third\n",
        "state/outputs/o.txt": "long output\n",
        "state/ledger": "secret of the state\n"
      })
    ) {
      yield* fs.makeDirectory(`${home}/${file}`.replace(/\/[^/]*$/, ""), { recursive: true })
      yield* fs.writeFileString(`${home}/${file}`, text)
    }
    yield* fs.symlink(`${home}/other`, `${root}/out`)
    const permissions = Permissions.layer({
      sources: [{ scope: "flag", name: "flags", rules: rulesOf(granted) }],
      home,
      outputs: [`${home}/state/outputs`],
      save: () => Effect.void
    })
    const sandbox = toolSandbox(allTools).pipe(
      Layer.provideMerge(Layer.merge(none(), Access.layer({ state: `${home}/state` }))),
      Layer.provideMerge(permissions),
      Layer.provide(Workspace.layer(root, { home }))
    )
    yield* Effect.gen(function*() {
      const tools = yield* ToolSandbox
      const rules = yield* Permissions
      const callOf = (tool: string, args: Readonly<Record<string, string>>) => ({ id: "1", tool, arguments: args })
      yield* use({
        home,
        call: (tool, args) => Effect.map(tools.run(callOf(tool, args)), ({ output }) => output),
        effect: (tool, args) => {
          const call = callOf(tool, args)
          return Effect.map(rules.judge(call, tools.needs(call)), ({ effect }) => effect)
        },
        text: (file) => Effect.orDie(fs.readFileString(`${home}/${file}`))
      })
    }).pipe(Effect.provide(sandbox))
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const outside =
  /is outside the project; only files in the project can be used, or what the user allows with \/permissions allow (read|write) PATH$/

describe("what lies outside the project", () => {
  it.live("is refused where nobody allowed it, with what would allow it", () =>
    beside({}, ({ call, home, text }) =>
      Effect.gen(function*() {
        for (const path of [`${home}/other/b.txt`, "../other/b.txt", "out/b.txt", "~/other/b.txt"]) {
          assert.match(yield* call("read", { path }), outside)
          assert.match(yield* call("grep", { path, pattern: "beside" }), outside)
          assert.match(yield* call("glob", { path: path.replace("/b.txt", ""), pattern: "*" }), outside)
          assert.match(yield* call("write", { path, content: "mine\n" }), outside)
          assert.match(yield* call("edit", { path, old: "beside", new: "mine" }), outside)
        }
        assert.strictEqual(yield* text("other/b.txt"), "beside\n")
      })))

  it.live("can be read where a user allowed it, without being asked, and not changed", () =>
    beside({ read: ["~/other"] }, ({ call, effect, home, text }) =>
      Effect.gen(function*() {
        for (const path of [`${home}/other/b.txt`, "../other/b.txt", "out/b.txt"]) {
          assert.strictEqual(yield* effect("read", { path }), "allow", path)
          assert.match(yield* call("read", { path }), /^1\tbeside\n/)
        }
        assert.strictEqual(
          yield* call("grep", { path: "../other", pattern: "beside" }),
          `${home}/other/b.txt:1: beside\n(1 file with secrets not searched; name one to search it)`
        )
        assert.include(yield* call("glob", { path: "../other", pattern: "*.txt" }), `${home}/other/b.txt`)
        assert.match(yield* call("read", { path: "../third/c.txt" }), outside)
        assert.match(yield* call("read", { path: "../other/.env" }), outside)
        assert.match(yield* call("write", { path: "../other/b.txt", content: "mine\n" }), outside)
        assert.strictEqual(yield* text("other/b.txt"), "beside\n")
      })))

  it.live("can be changed only where a rule names the place, and never git's data there", () =>
    Effect.gen(function*() {
      yield* beside({ read: true, write: true }, ({ call, effect, text }) =>
        Effect.gen(function*() {
          assert.match(yield* call("read", { path: "../third/c.txt" }), /^1\tthird\n/)
          assert.match(yield* call("write", { path: "../third/c.txt", content: "mine\n" }), outside)
          assert.strictEqual(yield* text("third/c.txt"), "third\n")
          assert.strictEqual(yield* effect("write", { path: "a.txt", content: "" }), "allow")
        }))
      yield* beside({ read: ["~/other"], write: ["~/other", "~/other/.git"] }, ({ call, effect, text }) =>
        Effect.gen(function*() {
          yield* call("read", { path: "../other/b.txt" })
          assert.strictEqual(yield* effect("edit", { path: "../other/b.txt", old: "beside", new: "mine" }), "allow")
          assert.strictEqual(yield* effect("edit", { path: "out/b.txt", old: "beside", new: "mine" }), "ask", "a link")
          assert.match(yield* call("edit", { path: "out/b.txt", old: "beside", new: "mine" }), /^Edited /)
          assert.strictEqual(yield* text("other/b.txt"), "mine\n")
          assert.match(yield* call("write", { path: "../other/new/d.txt", content: "new\n" }), /^Created |^Wrote /)
          assert.strictEqual(yield* text("other/new/d.txt"), "new\n")
          yield* call("read", { path: "../other/.git/config" })
          assert.match(yield* call("write", { path: "../other/.git/config", content: "x\n" }), outside)
          assert.match(yield* call("write", { path: "../third/c.txt", content: "mine\n" }), outside)
        }))
    }))

  it.live("holds the agent's own long outputs, which it may read, and nothing else of its state", () =>
    beside({}, ({ call, effect, home }) =>
      Effect.gen(function*() {
        const path = `${home}/state/outputs/o.txt`
        assert.strictEqual(yield* effect("read", { path }), "allow")
        assert.match(yield* call("read", { path }), /^1\tlong output\n/)
        assert.strictEqual(yield* call("grep", { path, pattern: "long" }), `${path}:1: long output`)
        assert.match(yield* call("read", { path: `${home}/state/ledger` }), outside)
        assert.match(yield* call("write", { path, content: "x\n" }), outside)
      })))
})
