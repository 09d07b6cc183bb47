import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { spawn } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { messageOf } from "../../core/MessageOf.ts"

/** The external editor could not be run or did not end well. */
export class EditorError extends Schema.TaggedError<EditorError>()("EditorError", {
  /** `Files`: the text could not be lent. `Command`: the editor did not start. `Ended`: it says that it failed. */
  reason: Schema.Literals(["Files", "Command", "Ended"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

const attempt = <A>(what: string, run: () => Promise<A>) =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new EditorError({ reason: "Files", message: `${what}: ${messageOf(cause)}`, cause })
  })

/** The command may hold options (`code --wait`), so a shell reads it; the file name is passed as an argument. */
const runCommand = (command: string, file: string): Effect.Effect<void, EditorError> =>
  Effect.callback((resume) => {
    const child = process.platform === "win32"
      ? spawn(`${command} "${file}"`, { stdio: "inherit", shell: true })
      : spawn("/bin/sh", ["-c", `${command} "$1"`, "sh", file], { stdio: "inherit" })
    child.once("error", (cause) =>
      resume(Effect.fail(new EditorError({ reason: "Command", message: `${command}: ${cause.message}`, cause }))))
    child.once("exit", (code) =>
      resume(
        code === 0
          ? Effect.void
          : Effect.fail(
            new EditorError({ reason: "Ended", message: `the editor ${command} ended with ${code ?? "a signal"}` })
          )
      ))
    return Effect.sync(() =>
      child.kill()
    )
  })

/**
 * Edits a text in the user's editor and returns what was saved. The file lies in a folder of its own that only the user
 * can read and is removed afterwards.
 */
export const editText = (command: string, text: string, name: string): Effect.Effect<string, EditorError> =>
  Effect.acquireUseRelease(
    attempt("no folder for the editor", () => mkdtemp(join(tmpdir(), "continualcode-"))),
    (folder) =>
      Effect.gen(function*() {
        const file = join(folder, name)
        yield* attempt("the editor's file cannot be written", () => writeFile(file, text, { mode: 0o600, flag: "wx" }))
        yield* runCommand(command, file)
        return yield* attempt("the editor's file cannot be read", () => readFile(file, "utf8"))
      }),
    (folder) => Effect.ignore(attempt("the editor's file stays", () => rm(folder, { recursive: true, force: true })))
  )
