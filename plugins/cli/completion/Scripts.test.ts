import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { scripts } from "./Scripts.ts"

const launcher = fileURLToPath(new URL("../launcher.cjs", import.meta.url))
const has = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "completion-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** What a shell prints that runs this script. */
const run = (shell: string, directory: string, script: string) =>
  Effect.callback<string>((resume) => {
    const file = join(directory, ".script")
    writeFileSync(file, script)
    execFile(shell, [file], { cwd: directory }, (error, stdout, stderr) =>
      resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(stderr))))
  })

/** What completes these lines, by a script that defines the function and asks it. */
const asks: Readonly<Record<string, (line: string) => string>> = {
  bash: (line) =>
    `COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; _continualcode; printf '%s|' "\${COMPREPLY[@]}"; echo`,
  fish: (line) => `complete -C '${line}' | string replace -r '\\t.*' '' | string join '|' | string replace -r '$' '|'`
}
const command: Readonly<Record<string, string>> = {
  bash: `continualcode() { "${process.execPath}" "${launcher}" "$@"; }`,
  fish: `function continualcode; "${process.execPath}" "${launcher}" $argv; end`
}

describe("the completion scripts", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    it.live.skipIf(!has(shell))(`${shell} reads its own`, () =>
      Effect.gen(function*() {
        const directory = yield* folder
        const file = join(directory, "script")
        writeFileSync(file, scripts[shell] ?? "")
        const checked = spawnSync(shell, ["-n", file], { encoding: "utf8" })
        assert.deepStrictEqual([checked.status, checked.stderr], [0, ""])
      }))
  }

  for (const shell of ["bash", "fish"]) {
    it.live.skipIf(!has(shell))(
      `${shell} completes commands, flags, settings, adapters and files with it`,
      () =>
        Effect.gen(function*() {
          const directory = yield* folder
          mkdirSync(join(directory, "demo"))
          mkdirSync(join(directory, ".continualcode", "adapters", "work"), { recursive: true })
          const ask = asks[shell]
          const said = yield* run(
            shell,
            directory,
            [
              command[shell],
              scripts[shell],
              ...["les", "workspace=de", "lessons --fo", "teacher=c", "adapters switch wo", "seed=1 prob"].map((line) =>
                ask?.(`continualcode ${line}`)
              )
            ].join("\n")
          )
          // Bash is given what follows the "=", where it takes words apart.
          const [workspace, teacher] = shell === "bash" ? ["", ""] : ["workspace=", "teacher="]
          assert.deepStrictEqual(said.trimEnd().split("\n"), [
            "lessons|",
            `${workspace}demo/|`,
            "--form|",
            `${teacher}current|`,
            "work|workspace=|",
            "probe|"
          ])
        })
    )
  }
})
