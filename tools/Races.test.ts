import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Worker } from "node:worker_threads"
import type { CallArguments } from "../core/domain/Call.ts"
import { ToolSandbox } from "../core/ToolSandbox.ts"
import { Workspace } from "../core/Workspace.ts"
import { searches } from "./testing/Searches.ts"
import { inProject } from "./testing/TempProject.ts"

/** Makes `root/d` in turn the folder that it is and a link to a folder beside the project, as fast as it can. */
const swapping = (root: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      new Worker(
        `const { renameSync, symlinkSync } = require("node:fs")
         const { root } = require("node:worker_threads").workerData
         let made = 0
         const move = (from, to) => {
           try {
             renameSync(root + "/" + from, root + "/" + to)
           } catch {
             // A tool made the folder that was not there.
             renameSync(root + "/" + to, root + "/made-" + ++made)
             renameSync(root + "/" + from, root + "/" + to)
           }
         }
         symlinkSync("../outside", root + "/link")
         for (;;) {
           move("d", "real")
           move("link", "d")
           move("d", "link")
           move("real", "d")
         }`,
        { eval: true, workerData: { root } }
      )
    ),
    (worker) => Effect.promise(() => worker.terminate())
  )

const contentsOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
      const file = join(entry.parentPath, entry.name)
      return [file, readFileSync(file, "utf8")]
    })
  )

const ROUNDS = 16

for (const [name, search] of Object.entries(searches)) {
  // Without /proc a file cannot be held to the place where it was found.
  describe.skipIf(!existsSync("/proc/self/fd"))(`a folder that keeps turning into a link, with ${name}`, () => {
    it.live("leads no tool outside the project", () =>
      inProject(
        { "d/a.txt": "inside\n", "d/e/b.txt": "inside\n", "other.txt": "inside\n" },
        Effect.gen(function*() {
          const { root } = yield* Workspace
          const sandbox = yield* ToolSandbox
          const outside = join(dirname(root), "outside")
          for (const file of ["a.txt", "e/b.txt", "only-outside.txt", "e/only-outside.txt"]) {
            mkdirSync(dirname(join(outside, file)), { recursive: true })
            writeFileSync(join(outside, file), "OUTSIDE inside\n")
          }
          const before = contentsOf(outside)
          const outputs: Array<string> = []
          let worked = 0
          const call = Effect.fnUntraced(function*(tool: string, args: CallArguments) {
            const shown = yield* sandbox.preview({ id: "1", tool, arguments: args })
            const result = shown._tag === "WouldFail"
              ? shown.result
              : yield* sandbox.run({ id: "1", tool, arguments: args }, shown.basis)
            outputs.push(JSON.stringify(shown), result.output)
            if (result.success) worked += 1
          })
          yield* Effect.scoped(Effect.gen(function*() {
            yield* swapping(root)
            for (let round = 0; round < ROUNDS; round += 1) {
              const path = round % 2 === 0 ? "d/a.txt" : "d/e/b.txt"
              yield* call("read", { path })
              yield* call("read", { path: "d" })
              yield* call("edit", { path, old: "inside\n", new: "inside\ninside\n", all: true })
              yield* call("write", { path: `d/e/new-${round}.txt`, content: "mine\n" })
              yield* call("edit_lines", { path, start_line: 1, end_line: 1, content: "inside\n" })
              yield* call("write", { path, content: "inside\n" })
              if (round % 4 > 0) continue
              yield* call("grep", { pattern: "O[U]TSIDE", context: 1 })
              yield* call("grep", { pattern: "O[U]TSIDE", path: "d" })
              yield* call("glob", { pattern: "**/*.txt" })
              yield* call("glob", { pattern: "*outside*", path: "d" })
            }
          }))
          assert.deepStrictEqual(contentsOf(outside), before)
          const leaks = outputs.filter((output) => /OUTSIDE|only-outside/.test(output))
          assert.deepStrictEqual(leaks, [])
          assert.isAbove(worked, 0, "some calls came through")
        }),
        search
      ), 120_000)
  })
}
