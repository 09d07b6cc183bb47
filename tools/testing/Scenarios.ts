import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { CallArguments } from "../../core/domain/Call.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { Workspace } from "../../core/Workspace.ts"
import { inProject } from "./TempProject.ts"

/**
 * One folder per case, usable by any implementation: `input/` is the project before, `call.json` the call and its answer,
 * `expected/` the project afterwards (absent: nothing changes). Links are listed in `call.json`, made in both.
 */
const Scenario = Schema.fromJsonString(Schema.Struct({
  tool: Schema.String,
  arguments: CallArguments,
  success: Schema.Boolean,
  /** The whole output. */
  output: Schema.String,
  /** Symbolic links to make: name to target. */
  links: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** Hard links to make: name to existing file. */
  hardLinks: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** Whether the file was not read before the call; it is, when this is absent. */
  unread: Schema.optionalKey(Schema.Boolean),
  /** Commands that change the project between reading and the call. `input/` and `expected/` are before and after all of it. */
  meanwhile: Schema.optionalKey(Schema.Array(Schema.String)),
  /** What the dialog says beside the diff. */
  notes: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The step of the ladder that matched. */
  matched: Schema.optionalKey(Schema.String),
  /** Mode bits of files, before and after, in octal. */
  modes: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
}))

const filesBelow = (folder: string): Readonly<Record<string, Uint8Array>> => {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(entries.map((entry) => {
    const absolute = `${entry.parentPath}/${entry.name}`
    return [absolute.slice(folder.length + 1), Uint8Array.from(readFileSync(absolute))]
  }))
}

/** Everything in the project, links as their targets, as text in which every byte is one character. */
const projectNow = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { root } = yield* Workspace
  const found: Record<string, string> = {}
  for (const name of yield* fs.readDirectory(root, { recursive: true })) {
    const absolute = path.join(root, name)
    const link = yield* Effect.option(fs.readLink(absolute))
    if (link._tag === "Some") found[name] = `-> ${link.value}`
    else if ((yield* fs.stat(absolute)).type === "File") found[name] = latin1(yield* fs.readFile(absolute))
  }
  return found
})

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")

/** Declares one test for each folder in `fixtures/` beside the calling test. */
export const testScenarios = (moduleUrl: string): void => {
  const base = fileURLToPath(new URL("./fixtures", moduleUrl))
  const names = readdirSync(base).sort()
  it.live.each(names)("scenario %s", (name) => {
    const folder = `${base}/${name}`
    const scenario = Schema.decodeSync(Scenario)(readFileSync(`${folder}/call.json`, "utf8"))
    const call = { id: "call-1", tool: scenario.tool, arguments: scenario.arguments }
    const links = Object.entries(scenario.links ?? {})
    const hard = Object.entries(scenario.hardLinks ?? {})
    const modes = Object.entries(scenario.modes ?? {})
    const has = (sub: string) => readdirSync(folder).includes(sub)
    return inProject(
      has("input") ? filesBelow(`${folder}/input`) : {},
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const sandbox = yield* ToolSandbox
        const { root } = yield* Workspace
        for (const [link, target] of links) yield* fs.symlink(target, path.join(root, link))
        for (const [link, target] of hard) yield* fs.link(path.join(root, target), path.join(root, link))
        for (const [file, mode] of modes) yield* fs.chmod(path.join(root, file), Number.parseInt(mode, 8))
        const run = (tool: string, parameters: CallArguments) =>
          sandbox.run({ id: "call-0", tool, arguments: parameters })
        const target = scenario.arguments["path"]
        if (scenario.unread !== true && typeof target === "string") yield* run("read", { path: target })
        for (const command of scenario.meanwhile ?? []) {
          assert.isTrue((yield* run("bash", { command })).success, command)
        }
        const start = yield* projectNow

        const prospect = yield* sandbox.preview(call)
        assert.deepStrictEqual(yield* projectNow, start, "the preview changes nothing")
        if (scenario.success) {
          assert.isTrue(prospect._tag === "WouldRun" && prospect.preview?._tag === "Diff")
          assert.deepStrictEqual(
            prospect._tag === "WouldRun" ? prospect.preview?.notes ?? [] : [],
            scenario.notes ?? []
          )
        } else {
          assert.deepStrictEqual(prospect, { _tag: "WouldFail", result: yield* sandbox.run(call) })
        }

        const result = yield* sandbox.run(call, prospect._tag === "WouldRun" ? prospect.basis : undefined)
        assert.strictEqual(result.output, scenario.output)
        assert.strictEqual(result.success, scenario.success)
        assert.strictEqual(result.feedback === undefined, scenario.success)
        if (scenario.matched !== undefined) assert.strictEqual(result.meta?.matched, scenario.matched)
        const after = yield* projectNow
        if (has("expected")) {
          const wanted = Object.entries(filesBelow(`${folder}/expected`)).map(([file, bytes]) => [file, latin1(bytes)])
          const kept = links.map(([link, target]) => [link, `-> ${target}`])
          assert.deepStrictEqual(after, Object.fromEntries([...wanted, ...kept]))
        } else assert.deepStrictEqual(after, start)
        for (const [file, mode] of modes) {
          const info = yield* fs.stat(path.join(root, file))
          assert.strictEqual((info.mode & 0o7777).toString(8), mode)
        }
        for (const [link, target] of hard) {
          assert.deepStrictEqual(
            (yield* fs.stat(path.join(root, link))).ino,
            (yield* fs.stat(path.join(root, target))).ino
          )
        }
      })
    )
  })
}
