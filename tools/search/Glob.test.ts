import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { mkdirSync, symlinkSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { Workspace } from "../../core/Workspace.ts"
import { MAX_PATHS } from "../common/Limits.ts"
import { searches } from "../testing/Searches.ts"
import { callTool, inProject } from "../testing/TempProject.ts"
import { ripgrep } from "./index.ts"

const files = {
  "a.ts": "",
  "src/b.ts": "",
  "src/b.test.ts": "",
  "src/deep/c.tsx": "",
  "src/deep/.hidden.ts": "",
  "docs/[1].md": "",
  "build/out.ts": "",
  "build/out.css": "",
  "node_modules/p/index.ts": "",
  ".git/config": "",
  "kept/.gitignore": "*.log\n!kept.log\n",
  "kept/gone.log": "",
  "kept/kept.log": "",
  ".gitignore": "build/\n"
}

const old = new Date("2020-01-01T00:00:00Z")

for (const [name, search] of Object.entries(searches)) {
  /** All files look old, so that only names decide their order. */
  const searching = <A, E, R>(body: Effect.Effect<A, E, R>) =>
    Workspace.use(({ root }) =>
      Effect.sync(() => {
        for (const each of Object.keys(files)) utimesSync(join(root, each), old, old)
      })
    ).pipe(Effect.andThen(body))

  const found = (pattern: string, path?: string) =>
    inProject(files, searching(callTool("glob", path === undefined ? { pattern } : { path, pattern })), search)

  describe(`glob with ${name}`, () => {
    it.live("finds files by pattern; what git ignores is left out", () =>
      inProject(
        files,
        searching(Effect.gen(function*() {
          const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
            ["*.ts", ["a.ts", "src/b.test.ts", "src/b.ts", "src/deep/.hidden.ts"]],
            ["./*.ts", ["a.ts", "src/b.test.ts", "src/b.ts", "src/deep/.hidden.ts"]],
            ["**/*.ts", ["a.ts", "src/b.test.ts", "src/b.ts", "src/deep/.hidden.ts"]],
            ["src/*.ts", ["src/b.test.ts", "src/b.ts"]],
            ["src/**", ["src/b.test.ts", "src/b.ts", "src/deep/.hidden.ts", "src/deep/c.tsx"]],
            ["**/*.{tsx,md}", ["docs/[1].md", "src/deep/c.tsx"]],
            ["?.ts", ["a.ts", "src/b.ts"]],
            ["**/[bc].ts*", ["src/b.ts", "src/deep/c.tsx"]],
            ["docs/\\[1\\].md", ["docs/[1].md"]],
            ["*.log", ["kept/kept.log"]],
            ["config", []]
          ]
          for (const [pattern, wanted] of cases) {
            const result = yield* callTool("glob", { pattern })
            const output = wanted.length === 0 ? "No files match." : wanted.join("\n")
            assert.deepStrictEqual(result, { output, success: true }, pattern)
          }
        })),
        search
      ))

    it.live("searches below a folder, also an ignored one when it is named", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* found("*.ts", "src/deep")).output, "src/deep/.hidden.ts")
        assert.strictEqual((yield* found("*.ts", "build")).output, "build/out.ts")
        assert.strictEqual((yield* found("*.ts", "node_modules/p")).output, "node_modules/p/index.ts")
        assert.strictEqual((yield* found("*.ts", "src/b.ts")).output, "src/b.ts")
      }))

    it.live("says when nothing matches, and when what git ignores would", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* found("*.py"), { output: "No files match.", success: true })
        assert.strictEqual(
          (yield* found("*.css")).output,
          "No files match. (1 file that git ignores would, such as build/out.css; give the folder as path to search it)"
        )
      }))

    it.live("refuses what leaves the project or names nothing", () =>
      Effect.gen(function*() {
        const refused = function*(pattern: string, path: string | undefined, reason: string) {
          assert.deepStrictEqual(yield* found(pattern, path), { output: reason, success: false, feedback: reason })
        }
        const leaves = "leaves the searched folder; give one relative to it, and a path if needed"
        yield* refused("../*.ts", undefined, `the pattern ../*.ts ${leaves}`)
        yield* refused("/etc/*", undefined, `the pattern /etc/* ${leaves}`)
        yield* refused("", undefined, "the pattern is empty; give one such as **/*.ts")
        yield* refused(
          "*",
          "..",
          ".. is outside the project; only files in the project can be used, or what the user allows with /permissions allow read PATH"
        )
        yield* refused("*", "none", "none does not exist; leave path out to search the whole project")
      }))

    it.live("lists links to files of the project, and no others", () =>
      inProject(
        { "AGENTS.md": "", "sub/a.md": "", ".gitignore": "ignored.md\n" },
        Effect.gen(function*() {
          const { root } = yield* Workspace
          mkdirSync(join(root, "only"))
          symlinkSync("AGENTS.md", join(root, "CLAUDE.md"))
          symlinkSync("../AGENTS.md", join(root, "sub/up.md"))
          symlinkSync("AGENTS.md", join(root, "ignored.md"))
          symlinkSync("/etc/passwd", join(root, "out.md"))
          symlinkSync("gone", join(root, "dangling.md"))
          symlinkSync("sub", join(root, "folder.md"))
          const { output } = yield* callTool("glob", { pattern: "*.md" })
          assert.deepStrictEqual(output.split("\n").sort(), ["AGENTS.md", "CLAUDE.md", "sub/a.md", "sub/up.md"])
        }),
        search
      ))

    it.live("the newest of the last day come first, of all files and not of the first found", () =>
      inProject(
        Object.fromEntries(Array.from({ length: MAX_PATHS + 20 }, (_, index) => [`f${1000 + index}.js`, ""])),
        Effect.gen(function*() {
          const { root } = yield* Workspace
          const now = Date.now() / 1000
          for (let index = 0; index < MAX_PATHS + 20; index += 1)
            utimesSync(join(root, `f${1000 + index}.js`), old, old)
          utimesSync(join(root, "f1118.js"), now - 60, now - 60)
          utimesSync(join(root, "f1119.js"), now - 30, now - 30)
          const lines = (yield* callTool("glob", { pattern: "*.js" })).output.split("\n")
          assert.deepStrictEqual(lines.slice(0, 4), ["f1119.js", "f1118.js", "f1000.js", "f1001.js"])
          assert.strictEqual(lines.length, MAX_PATHS + 1)
          assert.strictEqual(lines.at(-1), `(${MAX_PATHS} of ${MAX_PATHS + 20} files; narrow the pattern)`)
        }),
        search
      ))
  })
}

describe("glob with a ripgrep that may read nothing", () => {
  it.live("finds no files, however often it looks", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const program = join(yield* fs.makeTempDirectoryScoped({ prefix: "continualcode-rg-" }), "rg")
      const script = "#!/bin/sh\necho 'rg: ./: Permission denied (os error 13)' >&2\nexit 2\n"
      yield* fs.writeFileString(program, script, { mode: 0o755 })
      const nothing = { output: "No files match.", success: true }
      // Each looks twice: the second time for files that git ignores.
      const search = Effect.all([callTool("glob", { pattern: "*" }), callTool("glob", { pattern: "*" })])
      assert.deepStrictEqual(yield* inProject({}, search, ripgrep(program)), [nothing, nothing])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
