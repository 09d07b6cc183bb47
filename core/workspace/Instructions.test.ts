import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { readInstructions } from "./Instructions.ts"

/** What is read in `start` of a folder with these files; `home` is that folder's own path, or `/`. */
const found = (files: Readonly<Record<string, string>>, start: string, options: { readonly atHome?: boolean } = {}) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const top = yield* fs.realPath(yield* fs.makeTempDirectoryScoped({ prefix: "continualcode-instructions-" }))
    yield* Effect.sync(() => {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(top, name)), { recursive: true })
        if (content.startsWith("-> ")) symlinkSync(content.slice(3), join(top, name))
        else writeFileSync(join(top, name), content)
      }
    })
    const all = yield* readInstructions(join(top, start), options.atHome === true ? top : "/")
    return all.map(({ text }) => text)
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe("a project's instructions", () => {
  it.effect("are those of the folder and of every folder above it up to the repository's root", () =>
    Effect.gen(function*() {
      const files = {
        "AGENTS.md": "too far up",
        "repo/.git/config": "",
        "repo/AGENTS.md": "outer\n",
        "repo/packages/a/AGENTS.md": "  inner",
        "repo/packages/b/AGENTS.md": "another's"
      }
      assert.deepStrictEqual(yield* found(files, "repo/packages/a"), ["outer", "inner"])
      assert.deepStrictEqual(yield* found(files, "repo"), ["outer"])
    }))

  it.effect("are the folder's own outside of a repository", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* found({ "AGENTS.md": "above", "a/AGENTS.md": "own" }, "a"), ["own"])
      assert.deepStrictEqual(yield* found({ "AGENTS.md": "above", "a/x": "" }, "a"), [])
    }))

  it.effect("are never those of the home folder", () =>
    Effect.gen(function*() {
      const files = { ".git/config": "", "AGENTS.md": "of the home", "a/AGENTS.md": "own" }
      assert.deepStrictEqual(yield* found(files, "a", { atHome: true }), ["own"])
    }))

  it.effect("are no link to elsewhere, no folder, and nothing empty", () =>
    Effect.gen(function*() {
      const repo = { "repo/.git/x": "", secret: "secret" }
      assert.deepStrictEqual(yield* found({ ...repo, "repo/AGENTS.md": "-> ../secret" }, "repo"), [])
      assert.deepStrictEqual(
        yield* found({ ...repo, "repo/CLAUDE.md": "rules", "repo/AGENTS.md": "-> CLAUDE.md" }, "repo"),
        [
          "rules"
        ]
      )
      assert.deepStrictEqual(yield* found({ ...repo, "repo/AGENTS.md/x": "" }, "repo"), [])
      assert.deepStrictEqual(yield* found({ ...repo, "repo/AGENTS.md": " \n" }, "repo"), [])
    }))
})
