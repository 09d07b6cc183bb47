import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join, resolve, sep } from "node:path"
import { Workspace } from "./Workspace.ts"

/** Links of the test project: name to target, relative to `<temporary folder>/project`. */
const links: Readonly<Record<string, string>> = {
  inside: "src",
  up: "..",
  out: "../beside",
  "out.txt": "../beside/secret.txt",
  "dangling-in": "src/new.txt",
  "dangling-out": "../beside/new.txt",
  loop: "loop",
  "env-link": ".env",
  "git-link": ".git"
}

const files: Readonly<Record<string, string>> = {
  "project/src/a.js": "",
  "project/src/..b.js": "",
  "project/@types/a.d.ts": "",
  "project/.env": "",
  "project/.git/config": "",
  "project/caf\u0065\u0301.txt": "",
  "project/it\u2019s.txt": "",
  "project-too/a.txt": "",
  "beside/secret.txt": ""
}

/** A project with links in and out, and its own home folder around it. */
const project = Layer.unwrap(Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const home = yield* fs.realPath(yield* fs.makeTempDirectoryScoped({ prefix: "continualcode-workspace-" }))
  yield* Effect.sync(() => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(home, name)), { recursive: true })
      writeFileSync(join(home, name), content)
    }
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(home, "project", name))
  })
  return Workspace.layer(join(home, "project"), { home })
})).pipe(Layer.provideMerge(NodeServices.layer))

/** Where a path leads, relative to the root, or the message of its refusal. */
const where = Effect.fnUntraced(function*(path: string, access: "read" | "write") {
  const workspace = yield* Workspace
  return yield* workspace.resolve(path, access).pipe(
    Effect.map((absolute) => workspace.relative(absolute)),
    Effect.catch((error) => Effect.succeed(error.message))
  )
})

const outside = (path: string): string => `${path} is outside the project; only files in the project can be used`

const segments = ["src", "a.js", "..", ".", "", "new", "..b.js", "~", "@types", ...Object.keys(links)]

describe("Workspace", () => {
  it.layer(project)((it) => {
    it.effect("takes paths as models write them", () =>
      Effect.gen(function*() {
        const { root } = yield* Workspace
        const cases: ReadonlyArray<readonly [string, string]> = [
          ["src/a.js", "src/a.js"],
          ["./src//a.js", "src/a.js"],
          ["src/../src/a.js", "src/a.js"],
          [".", "."],
          [join(root, "src/a.js"), "src/a.js"],
          ["~/project/src/a.js", "src/a.js"],
          ["@src/a.js", "src/a.js"],
          ["@types/a.d.ts", "@types/a.d.ts"],
          ["src/..b.js", "src/..b.js"],
          ["..new", "..new"],
          ["new/deep/file.txt", "new/deep/file.txt"],
          ["src\u00a0copy.js", "src copy.js"],
          ["caf\u00e9.txt", "caf\u0065\u0301.txt"],
          ["it's.txt", "it\u2019s.txt"],
          ["inside/a.js", "src/a.js"],
          ["inside/new.js", "src/new.js"],
          ["dangling-in", "src/new.txt"],
          ["up/project/src/a.js", "src/a.js"]
        ]
        for (const [given, wanted] of cases) {
          assert.strictEqual(yield* where(given, "write"), wanted, given)
          assert.strictEqual(yield* where(given, "read"), wanted, given)
        }
      }))

    it.effect("refuses what leads out, also through links and for files that do not exist", () =>
      Effect.gen(function*() {
        const { root } = yield* Workspace
        const cases = [
          "..",
          "../beside/secret.txt",
          "/etc/passwd",
          "~",
          "~/beside/secret.txt",
          "@../beside/secret.txt",
          `${root}-too/a.txt`,
          "src/../../beside/secret.txt",
          "out.txt",
          "out",
          "out/secret.txt",
          "out/new/file.txt",
          "up/beside/secret.txt",
          "dangling-out"
        ]
        for (const path of cases) {
          assert.strictEqual(yield* where(path, "read"), outside(path))
          assert.strictEqual(yield* where(path, "write"), outside(path))
        }
      }))

    it.effect("says what else is wrong with a path", () =>
      Effect.gen(function*() {
        assert.strictEqual(
          yield* where(" ", "read"),
          "the path is empty; give a path relative to the project, or . for its root"
        )
        assert.strictEqual(
          yield* where("d/".repeat(3000), "read"),
          "the path is longer than 4096 bytes; give a shorter one"
        )
        assert.strictEqual(yield* where("a\0b", "read"), "the path has a NUL character in it; give a plain path")
        assert.strictEqual(
          yield* where("src/a.js/new", "write"),
          "src/a.js/new leads through a file as if that were a folder; use another path"
        )
        assert.strictEqual(yield* where("loop", "write"), "loop goes through too many links; use another path")
      }))

    it.effect("protects git and its own state from writing, not from reading", () =>
      Effect.gen(function*() {
        const cases: ReadonlyArray<readonly [string, string, string]> = [
          [".git/config", ".git/config", ".git is git's own data"],
          [".GIT/hooks/pre-commit", ".GIT/hooks/pre-commit", ".git is git's own data"],
          ["sub/.git/config", "sub/.git/config", ".git is git's own data"],
          ["git-link/config", ".git/config", ".git is git's own data"],
          [".continualcode/ledger.sqlite", ".continualcode/ledger.sqlite", ".continualcode is the agent's own state"]
        ]
        for (const [path, leads, reason] of cases) {
          assert.strictEqual(yield* where(path, "read"), leads)
          assert.strictEqual(
            yield* where(path, "write"),
            `${path} is protected from changes: ${reason}; ask the user to change it by hand`
          )
        }
        for (const path of [".gitignore", "environment.js", "id_rsa.pub", "keyboard.js", "src/env"]) {
          assert.strictEqual(yield* where(path, "write"), path)
        }
      }))

    it.effect.prop(
      "never gives a path outside, whatever the parts",
      [Schema.Array(Schema.Literals(segments)), Schema.Literals(["", "/", "~/", "@", "./"])],
      Effect.fnUntraced(function*([parts, prefix]) {
        const fs = yield* FileSystem.FileSystem
        const { resolve: lead, root } = yield* Workspace
        const resolved = yield* Effect.result(lead(prefix + parts.join("/"), "write"))
        if (Result.isFailure(resolved)) return assert.isNotEmpty(resolved.failure.message)
        const inside = (path: string) => path === root || path.startsWith(root + sep)
        assert.isTrue(inside(resolved.success), resolved.success)
        // What is there already must really lie inside, and no part of the answer may be a link.
        for (let path = resolved.success; path !== root; path = dirname(path)) {
          const real = yield* Effect.result(fs.realPath(path))
          if (Result.isSuccess(real)) assert.strictEqual(real.success, path)
        }
      })
    )

    it.effect.prop(
      "without links it agrees with plain path arithmetic",
      [Schema.Array(Schema.Literals(["src", "new", "..", ".", "..c.js", "deep"]))],
      Effect.fnUntraced(function*([parts]) {
        const { root } = yield* Workspace
        const given = parts.join("/")
        if (given === "") return
        const plain = resolve(root, given)
        const inside = plain === root || plain.startsWith(root + sep)
        const result = yield* where(given, "read")
        assert.strictEqual(result, inside ? plain.slice(root.length + 1) || "." : outside(given))
      })
    )
  })

  it.effect("needs a folder that exists", () =>
    Effect.gen(function*() {
      const build = (root: string) =>
        Workspace.pipe(Effect.provide(Layer.provide(Workspace.layer(root), NodeServices.layer)), Effect.flip)
      const message = (root: string) => `the workspace ${root} is not a folder that exists; name one that does`
      assert.strictEqual((yield* build("/no/such/folder")).message, message("/no/such/folder"))
      assert.strictEqual((yield* build("package.json")).message, message("package.json"))
    }))
})

const listed = (names: ReadonlyArray<string>, contents: Readonly<Record<string, string>>, limit = 100) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "continualcode-listing-" })
    yield* Effect.sync(() => {
      for (const name of [...names, ...Object.keys(contents)]) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), contents[name] ?? "")
      }
      symlinkSync("/etc/passwd", join(folder, "z-link-out"))
      symlinkSync("a.js", join(folder, "z-link-in"))
    })
    return yield* Workspace.use((workspace) => workspace.listing(limit)).pipe(Effect.provide(Workspace.layer(folder)))
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe("the listing", () => {
  it.effect("is sorted, honours .gitignore files and leaves out what is never listed", () =>
    Effect.gen(function*() {
      const listing = yield* listed(
        [
          "b.js",
          "a.js",
          "B.js",
          "src/z.ts",
          "src/keep.log",
          "src/gen/x.ts",
          "other.log",
          "dist/out.js",
          "node_modules/p/index.js",
          "src/node_modules/q.js",
          ".git/config",
          ".continualcode/ledger.sqlite",
          ".github/ci.yml"
        ],
        { ".gitignore": "*.log\n/dist/\n", "src/.gitignore": "!keep.log\ngen/\n" }
      )
      const wanted = [
        ".github/ci.yml",
        ".gitignore",
        "B.js",
        "a.js",
        "b.js",
        "src/.gitignore",
        "src/keep.log",
        "src/z.ts",
        "z-link-in"
      ]
      assert.deepStrictEqual(listing, { files: wanted, total: wanted.length })
    }))

  it.effect("counts what it leaves out at the limit", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* listed(["c", "b", "a.js"], {}, 2), { files: ["a.js", "b"], total: 4 })
    }))
})
