import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Learner } from "../../../core/Learner.ts"
import { chainOf } from "../../../test/helpers/ChainBackend.ts"
import { chainServices } from "../../../test/helpers/CommitLoop.ts"
import { lesson } from "../../../test/helpers/Lessons.ts"
import { runCommand } from "../../../test/helpers/RunCommand.ts"
import { ledger } from "../../ledger/index.ts"
import { parseCommandLine } from "../Parse.ts"

const agent = fileURLToPath(new URL("../../../test/helpers/ChainAgent.ts", import.meta.url))

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "commands-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Runs the command in `directory`, which is also the home folder. */
const command = (directory: string, ...args: ReadonlyArray<string>) =>
  runCommand(
    { cwd: directory, env: { PATH: process.env["PATH"], HOME: directory, USERPROFILE: directory } },
    [...args, "--agent", agent]
  )

/** What a command answers to a program. */
const asked = (directory: string, ...args: ReadonlyArray<string>) =>
  Effect.map(command(directory, ...args, "--output", "json"), ({ code, err, out }) => {
    assert.strictEqual(code, 0, err)
    return JSON.parse(out)
  })

/** A project whose adapter was told these things. */
const projectTold = Effect.fnUntraced(function*(...said: ReadonlyArray<string>) {
  const directory = yield* folder
  yield* Effect.gen(function*() {
    const { learn, resume } = yield* Learner
    yield* resume
    for (const correction of said) {
      yield* learn(lesson(`id-${correction}`, { correction }), {
        progress: () => Effect.void,
        finished: () => Effect.void
      })
    }
  }).pipe(Effect.provide(chainServices(join(directory, ".continualcode"))))
  return directory
})

describe("arguments of a command", () => {
  const problem = (name: string, ...argv: ReadonlyArray<string>) => {
    const parsed = parseCommandLine([name, ...argv])
    return parsed instanceof Error ? parsed.message : "none"
  }

  it("are words, flags and settings in any order", () => {
    const line = parseCommandLine(["lessons", "seed=1", "export", "--form", "dpo", "out.jsonl", "agent=a.ts"])
    assert.deepStrictEqual(line instanceof Error ? line : line.args, {
      help: false,
      output: "text",
      agent: "a.ts",
      trust: false,
      words: ["export", "out.jsonl"],
      keys: ["seed=1"],
      flags: { form: "dpo" }
    })
  })

  it("that are wrong say what is right", () => {
    assert.match(
      problem("lessons", "--from", "x"),
      /unknown flag --from\. Did you mean --form\? Flags of lessons: --form/
    )
    assert.match(problem("adapters", "--output", "xml"), /--output xml is not allowed: text or json/)
    assert.match(problem("adapters", "create", "x", "--from"), /^--from needs a value: --from NAME\.$/)
  })
})

describe("the commands", () => {
  it.live("list, show, undo, export and import lessons", () =>
    Effect.gen(function*() {
      const directory = yield* projectTold("a", "b", "c")
      const listed = yield* asked(directory, "lessons")
      assert.deepStrictEqual(listed.lessons.map(({ id, state }: { id: string; state: string }) => [id, state]), [
        ["id-a", "active"],
        ["id-b", "active"],
        ["id-c", "active"]
      ])
      const shown = yield* command(directory, "lessons", "show", "id-b")
      assert.match(shown.out, /^lesson id-b\n {2}denial, in the adapter, 1 update; learned .*\n[^]*task +fix the test/)
      assert.deepStrictEqual(yield* asked(directory, "lessons", "undo", "id-b"), {
        undone: [{ id: "id-b", state: "undone" }],
        relearned: [{ id: "id-c", state: "active" }],
        revision: 2,
        approved: null,
        warning: null
      })
      const file = join(directory, "raw.jsonl")
      assert.deepStrictEqual(yield* asked(directory, "lessons", "export", file), {
        form: "raw",
        file,
        lessons: 2,
        left: 0
      })
      yield* asked(directory, "adapters", "create", "other")
      assert.deepStrictEqual(yield* asked(directory, "lessons", "import", "raw.jsonl", "adapter=other"), {
        learned: [{ id: "id-a", state: "active" }, { id: "id-c", state: "active" }],
        known: []
      })
      const whole = readFileSync(file, "utf8")
      writeFileSync(join(directory, "cut.jsonl"), `\n${whole.slice(0, -20)}`)
      const unknown = yield* command(directory, "lessons", "undo", "zz")
      // The rest is told at once, also while another process works with the state folder.
      yield* Layer.build(ledger(join(directory, ".continualcode")))
      const others = yield* Effect.all([
        command(directory, "lessons", "shwo", "id-a"),
        command(directory, "lessons", "import", "nothing.jsonl"),
        command(directory, "lessons", "adapter=othr"),
        command(directory, "lessons", "export", "."),
        command(directory, "lessons", "export", "nowhere/a.jsonl"),
        command(directory, "lessons", "import", "cut.jsonl")
      ], { concurrency: 2 })
      const expected = [
        /no lesson "zz"/,
        /Did you mean show\?/,
        /There is no .*nothing\.jsonl/,
        /Did you mean other\?/,
        /is a folder\. Give a file/,
        /no folder .*nowhere to write to/,
        /line 3, is not JSON: the file is cut off/
      ]
      const wrong = [unknown, ...others]
      wrong.forEach(({ code, err, out }, index) => {
        assert.match(err, expected[index] ?? /never/)
        assert.deepStrictEqual([code, out], [2, ""])
      })
      assert.deepStrictEqual(readdirSync(directory).filter((name) => name.includes("partial")), [])
    }))

  it.live(
    "keep an adapter for the person's other projects, of the same model and shape only",
    () =>
      Effect.gen(function*() {
        const directory = yield* projectTold("a", "b")
        yield* asked(directory, "adapters", "push-user", "--as", "mine")
        const kept = join(directory, ".continualcode", "user-adapters", "mine")
        assert.deepStrictEqual(chainOf(readFileSync(join(kept, "adapter.snapshot"))).taught, ["a@1", "b@1"])
        yield* asked(
          directory,
          "adapters",
          "create",
          "second",
          "--from",
          "user:mine",
          "workspace=.",
          "state_dir=elsewhere"
        )
        const listed = yield* asked(directory, "adapters", "state_dir=elsewhere")
        assert.deepStrictEqual(listed.adapters, [{ name: "main", current: true }, { name: "second", current: false }])
        assert.deepStrictEqual(listed.user.map(({ name }: { name: string }) => name), ["mine"])
        const card = readFileSync(join(kept, "continualcode.json"), "utf8")
        writeFileSync(join(kept, "continualcode.json"), card.replace("model-a", "model-b"))
        const refused = yield* command(
          directory,
          "adapters",
          "create",
          "third",
          "--from",
          "user:mine",
          "state_dir=elsewhere"
        )
        assert.strictEqual(refused.code, 2)
        assert.match(refused.err, /user:mine belongs to the model model-b .*Choose the same model_name/)
        assert.deepStrictEqual(readdirSync(join(directory, "elsewhere", "adapters")), ["second"])
        assert.isFalse(existsSync(join(directory, "elsewhere", "ledger.sqlite")))
      })
  )
})
