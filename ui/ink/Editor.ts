import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as ChildProcess from "effect/process/ChildProcess"
import * as Schema from "effect/Schema"

/** The external editor could not be run or did not end well. Ends with what the person can do. */
class EditorError extends Schema.TaggedError<EditorError>()("EditorError", {
  /** `Files`: the text could not be lent. `Command`: the editor did not start. `Ended`: it failed, or a signal ended it. */
  reason: Schema.Literals(["Files", "Command", "Ended"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

/** What can be done whatever went wrong with an editor. */
export const INSTEAD = "Edit it here instead"

const editorError = (reason: EditorError["reason"], what: string, from?: { readonly cause: PlatformError }) =>
  new EditorError({ reason, message: `${what}. ${INSTEAD}`, ...from })

const failed = (reason: EditorError["reason"], what: string) => (cause: PlatformError) =>
  editorError(reason, `${what} (${cause.reason._tag})`, { cause })

/** The editor has the terminal, so it stays in the process group that the terminal belongs to. */
const terminal = { stdin: "inherit", stdout: "inherit", stderr: "inherit", detached: false } as const

/** What a shell has to do itself, so that the editor cannot take its place. */
const SHELL_SYNTAX = /[;&|<>(){}`$\n]|^\s*\w+=/

/**
 * The command may hold options (`code --wait`), so a shell reads it; the file name is passed as an argument. The shell makes
 * room for the editor, so that ending the process ends the editor.
 */
const commandLine = (editor: string, file: string) =>
  process.platform === "win32"
    ? ChildProcess.make(`${editor} "${file}"`, { ...terminal, shell: true })
    : ChildProcess.make("/bin/sh", [
      "-c",
      `${SHELL_SYNTAX.test(editor) ? "" : "exec "}${editor} "$1"`,
      "sh",
      file
    ], terminal)

/**
 * Edits a text in the user's editor and returns what was saved. The file lies in a folder of its own that only the user
 * can read and is removed afterwards.
 */
export const editText = Effect.fnUntraced(function*(editor: string, text: string, name: string) {
  const files = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const folder = yield* Effect.mapError(
    files.makeTempDirectoryScoped({ prefix: "continualcode-" }),
    failed("Files", "no folder for the editor")
  )
  const file = join(folder, name)
  yield* Effect.mapError(
    files.writeFileString(file, text, { mode: 0o600, flag: "wx" }),
    failed("Files", "the editor's file cannot be written")
  )
  const running = yield* Effect.mapError(
    commandLine(editor, file),
    failed("Command", `the editor ${editor} did not start`)
  )
  const code = yield* Effect.mapError(
    running.exitCode,
    (cause) => editorError("Ended", `the editor ${editor} was ended by a signal`, { cause })
  )
  if (code !== 0) return yield* editorError("Ended", `the editor ${editor} ended with ${code}`)
  return yield* Effect.mapError(files.readFileString(file), failed("Files", "the editor's file cannot be read"))
}, Effect.scoped)
