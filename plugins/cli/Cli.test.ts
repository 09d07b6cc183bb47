import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { configError } from "../../core/config/Decode.ts"
import { settingKeys } from "../../core/config/Settings.ts"
import { LessonsError } from "../../core/lessons/FindLesson.ts"
import { BackendError } from "../../core/LoraBackend.ts"
import { RunnerError } from "../../core/Runner.ts"
import { runCommand } from "../../test/helpers/RunCommand.ts"
import { ToolListError } from "../../tools/sandbox/index.ts"
import { FeedbackStoreError } from "../../core/FeedbackStore.ts"
import { parseCommandLine, parseSession } from "./Parse.ts"

const version = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version

/** Runs the command in `directory` with nothing on standard input. */
const command = (directory: string, ...args: ReadonlyArray<string>) => commandWith({}, directory, ...args)

/** The same with more in its environment, and nothing of the npm that runs the tests. */
const commandWith = (env: Readonly<Record<string, string>>, directory: string, ...args: ReadonlyArray<string>) => {
  const ours = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  return runCommand({ cwd: directory, env: { ...ours, XDG_CONFIG_HOME: join(directory, "user"), ...env } }, args)
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "cli-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe("arguments", () => {
  const problem = (...argv: ReadonlyArray<string>) => {
    const parsed = parseSession(argv)
    return parsed instanceof Error ? parsed.message : "none"
  }

  it("are flags and key=value settings in any order", () => {
    assert.deepStrictEqual(parseSession(["seed=1", "-p", "fix it", "--output", "json", "agent=a.ts", "top_p=1"]), {
      help: false,
      version: false,
      prompt: "fix it",
      output: "json",
      agent: "a.ts",
      trust: false,
      permissions: {},
      keys: ["seed=1", "top_p=1"]
    })
  })

  it("name a command wherever it stands among settings and flags", () => {
    const inWords = (...argv: ReadonlyArray<string>) => {
      const line = parseCommandLine(argv)
      if (line instanceof Error) return line.message
      return line._tag === "Session"
        ? "session"
        : `${line.spec.name} ${[...line.args.words, ...line.args.keys].join(" ")}`
    }
    assert.strictEqual(inWords("workspace=demo", "lessons"), "lessons workspace=demo")
    assert.strictEqual(inWords("--output", "json", "lessons", "show", "1"), "lessons show 1")
    assert.strictEqual(inWords("--output=json", "adapter=x", "lessons", "seed=1"), "lessons adapter=x seed=1")
    assert.strictEqual(inWords("--agent", "lessons", "seed=1"), "session")
    assert.strictEqual(inWords("-p", "lessons"), "session")
    assert.match(inWords("-p", "x", "lessons"), /unknown flag -p\. .*Flags of lessons: /)
    assert.strictEqual(inWords("probe", "--", "lessons", "a=b"), "probe lessons a=b")
  })

  it.effect.prop("never crash", [Schema.Array(Schema.String)], ([argv]) => Effect.sync(() => parseCommandLine(argv)))

  it("that are wrong say what is right", () => {
    assert.match(problem("--promt", "x"), /unknown flag --promt\. Did you mean --prompt\?/)
    assert.match(problem("--output", "xml"), /--output xml is not allowed: text or json/)
    assert.match(problem("-p", " "), /-p needs a task/)
    assert.strictEqual(problem("-p"), "-p needs a task: -p \"fix the test\".")
    assert.strictEqual(problem("seed=1", "-p", "--output", "json"), "-p needs a task: -p \"fix the test\".")
    assert.strictEqual(problem("--agent"), "--agent needs a value: --agent PATH.")
    assert.strictEqual(problem("--version=2"), "--version takes no value. Write it alone.")
    assert.match(problem("seed=1", "lesons"), /lesons is not a command\. Did you mean lessons\?/)
  })
})

describe("the command", () => {
  it.live("with a state folder that cannot be says so in one sentence and ends with 2", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      writeFileSync(join(directory, "taken"), "")
      const ended = yield* command(directory, "state_dir=taken", "-p", "run the tests")
      assert.strictEqual(ended.code, 2, ended.err)
      assert.match(ended.err, /^continualcode: The folder \S+taken cannot be used .*state_dir=PATH\.$/m)
    }))

  it.live("prints its version and a help page that lists every setting", () =>
    Effect.gen(function*() {
      const [shown, help] = yield* Effect.all([command(tmpdir(), "--version"), command(tmpdir(), "--help")], {
        concurrency: 2
      })
      assert.deepStrictEqual(shown, { code: 0, out: `${version}\n`, err: "" })
      assert.deepStrictEqual([help.code, help.err], [0, ""])
      for (const key of settingKeys) assert.include(help.out, `  ${key}=`)
    }))

  it.live("ends with 2 and a sentence when something written is wrong", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      writeFileSync(join(directory, "bad.ts"), "export default 1")
      const wrong = (...args: ReadonlyArray<string>) => command(directory, ...args)
      const results = yield* Effect.all([
        wrong("--outptu", "json"),
        wrong("lora_rnk=8"),
        wrong("lora_rank=many", "teacher=me"),
        wrong("trainer=pockett"),
        wrong("workspace=nowhere"),
        wrong("--agent", "missing.ts"),
        wrong("agent=bad.ts"),
        wrong("hello")
      ], { concurrency: 2 })
      const expected = [
        /unknown flag --outptu\. Did you mean --output\?/,
        /unknown setting lora_rnk\. Did you mean lora_rank\?/,
        /lora_rank=many is not allowed.*\n.*teacher=me is not allowed: expected base or current or ema/,
        /trainer=pockett is not known\. Did you mean pocket\? Bundled: pocket/,
        /workspace=nowhere: there is no folder/,
        /agent=missing\.ts: there is no file/,
        /bad\.ts must have a default export made by defineAgent/,
        /"hello" is not an argument/
      ]
      results.forEach((result, index) => {
        assert.match(result.err, expected[index] ?? /never/)
        assert.deepStrictEqual([result.code, result.out], [2, ""])
      })
    }))
})

describe("code that a project brings along", () => {
  it.live("runs when its user agreed to that once, and not before", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const ran = join(directory, "ran")
      writeFileSync(
        join(directory, "agent.ts"),
        `import { writeFileSync } from "node:fs"
import { defineAgent } from "continualcode"
writeFileSync(${JSON.stringify(ran)}, "")
export default defineAgent({})
`
      )
      const listed = () => command(directory, "adapters", "list")
      const refused = yield* listed()
      assert.strictEqual(refused.code, 2)
      assert.match(refused.err, /has code of its own[\s\S]*agent\.ts[\s\S]*Start with --trust/)
      assert.isFalse(existsSync(ran))
      assert.strictEqual((yield* command(directory, "adapters", "list", "--trust")).code, 0)
      assert.isTrue(existsSync(ran))
      const again = yield* listed()
      assert.deepStrictEqual([again.code, again.err], [0, ""])
      writeFileSync(join(directory, "agent.ts"), "export {}")
      assert.match((yield* listed()).err, /agent\.ts has changed since the last start/)
      const named = yield* command(yield* folder, "adapters", "list", `agent=${join(directory, "agent.ts")}`)
      assert.match(named.err, /must have a default export/)
    }).pipe(Effect.scoped))
})

describe("started by npm", () => {
  it.live("the program forgets what npm says of the clone, so that npm in the project does not take it", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const env = {
        npm_lifecycle_event: "start",
        npm_package_name: "continualcode",
        npm_config_loglevel: "error",
        npm_config_onnxruntime_node_install: "skip",
        npm_config_registry: "https://r.test/"
      }
      writeFileSync(
        join(directory, "says.ts"),
        `import { defineAgent } from "continualcode"
process.stdout.write(JSON.stringify(Object.keys(process.env).filter((name) => /^npm_/.test(name))) + "\\n")
export default defineAgent({})
`
      )
      const said = yield* commandWith(env, directory, "adapters", "--agent", "says.ts")
      assert.deepStrictEqual(JSON.parse(said.out.split("\n")[0] ?? ""), ["npm_config_registry"])
    }).pipe(Effect.scoped))
})

describe("errors", () => {
  it("carry the exit code that the help page promises", () => {
    const codes = [
      configError("x"),
      new FeedbackStoreError({ reason: "Busy", message: "x" }),
      new LessonsError({ reason: "Unknown", message: "x" }),
      new RunnerError({ reason: "Missing", message: "x" }),
      new ToolListError({ reason: "SameName", message: "x" }),
      new BackendError({ reason: "ModelFiles", message: "x" }),
      new BackendError({ reason: "Internal", message: "x" })
    ].map((error) => Runtime.getErrorExitCode(error))
    assert.deepStrictEqual(codes, [2, 2, 2, 2, 2, 2, 1])
  })

  it("keep what they came from, and say of which kind they are", () => {
    const cause = new Error("disk")
    const error = configError("x", { reason: "Files", cause })
    assert.deepStrictEqual([error.reason, error.cause, error.message], ["Files", cause, "x"])
    assert.strictEqual(configError("x").reason, "Request")
  })
})
