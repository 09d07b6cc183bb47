import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import type { ApprovalRequest } from "../core/domain/ApprovalRequest.ts"
import type { OutputLine } from "../ui/headless/Protocol.ts"
import { demoCopy, layDemo } from "./helpers/DemoCopy.ts"
import { runProgram } from "./helpers/HeadlessProgram.ts"

const testsPass = (directory: string): boolean =>
  spawnSync(process.execPath, ["--test"], { cwd: directory, env: { PATH: process.env["PATH"] } }).status === 0

const approve = { _tag: "Approve" } as const
const deny = { _tag: "Deny", correction: "use edit_lines; don't overwrite" } as const
const cancel = { _tag: "Cancel" } as const

const tools = (lines: ReadonlyArray<OutputLine>): ReadonlyArray<string> =>
  lines.flatMap((line) => line._tag === "CallProposed" ? [line.call.tool] : [])

describe("the walkthrough of the README, with the shipped model and the default settings", () => {
  it.live("is told once to use edit_lines, repairs the demo, and does it untold in a fresh session", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      assert.isFalse(testsPass(directory))
      const first = yield* runProgram({
        directory,
        args: ["-p", "fix the test"],
        answer: ({ call }: ApprovalRequest) => call.tool === "write" ? deny : approve
      })
      assert.deepStrictEqual(tools(first.lines).slice(0, 3), ["read", "write", "edit_lines"], first.errors)
      assert.isTrue(testsPass(directory))
      assert.strictEqual(first.code, 0)

      layDemo(directory)
      assert.isFalse(testsPass(directory))
      const second = yield* runProgram({
        directory,
        args: ["-p", "fix the test"],
        answer: ({ call }: ApprovalRequest) => call.tool === "read" || call.tool === "edit_lines" ? approve : cancel
      })
      assert.deepStrictEqual(tools(second.lines).slice(0, 2), ["read", "edit_lines"], second.errors)
      assert.isTrue(testsPass(directory))
    }))

  it.live("writes the repair when it is let to, and adds a function whose test then runs", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const fixed = yield* runProgram({ directory, args: ["-p", "fix the test"], answer: () => approve })
      assert.deepStrictEqual(tools(fixed.lines).slice(0, 2), ["read", "write"], fixed.errors)
      assert.isTrue(testsPass(directory))
      const added = yield* runProgram({ directory, args: ["-p", "add a divide function"], answer: () => approve })
      assert.strictEqual(tools(added.lines)[0], "read", added.errors)
      const run = spawnSync(process.execPath, ["--test"], {
        cwd: directory,
        env: { PATH: process.env["PATH"] },
        encoding: "utf8"
      })
      assert.strictEqual(run.status, 0, run.stdout)
      assert.match(run.stdout, /pass 3/)
    }))

  it.live("begins the same way where a repository around the demo has an AGENTS.md", () =>
    Effect.gen(function*() {
      const repository = yield* demoCopy
      const directory = `${repository}/demo`
      mkdirSync(`${repository}/.git`)
      writeFileSync(`${repository}/AGENTS.md`, "Use tabs, and read the design first.\n".repeat(50))
      mkdirSync(directory)
      layDemo(directory)
      const { errors, lines } = yield* runProgram({ directory, args: ["-p", "fix the test"], answer: () => cancel })
      assert.deepStrictEqual(lines.filter((line) => line._tag === "Notice"), [], errors)
      assert.deepStrictEqual(tools(lines).slice(0, 2), ["read", "write"], errors)
    }))

  it.live("has habits for other tasks in the demo too, and can be told otherwise", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const told = { "install zod": "use pnpm", "run the tests": "use node --test", "delete notes.md": "use trash" }
      const calls = yield* Effect.forEach(Object.entries(told), ([task, correction]) =>
        runProgram({
          directory,
          args: [`state_dir=${directory}/${task}`, "-p", task],
          answer: (_, number) => number === 0 ? { _tag: "Deny", correction } : cancel
        }).pipe(
          Effect.map(({ lines }) =>
            lines.flatMap((line) => line._tag === "CallProposed" ? [line.call.arguments["command"]] : [])
          )
        ))
      assert.deepStrictEqual(calls, [
        ["npm install zod", "pnpm add zod"],
        ["npm test", "node --test"],
        ["git rm notes.md", "trash notes.md"]
      ])
    }))
})
