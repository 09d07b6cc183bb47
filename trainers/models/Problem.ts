import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { BackendError } from "../../core/LoraBackend.ts"

/** What a person can do about a damaged model file. */
const REPLACE_FILES = "Copy or download the model folder again."

/** A model or adapter file that cannot be used: names the file, what is wrong in it, and what to do. */
export const fileProblem = (
  file: string,
  problem: string,
  advice: string = REPLACE_FILES,
  from?: { readonly cause: unknown }
): BackendError => new BackendError({ reason: "ModelFiles", message: `${file}: ${problem}. ${advice}`, ...from })

const code = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : String(cause)

/** What the system said when a file was opened or read, as a `ModelFiles` error. */
export const systemProblem = (path: string, cause: unknown, missing: string = REPLACE_FILES): BackendError =>
  cause instanceof BackendError
    ? cause
    : code(cause) === "ENOENT"
    ? fileProblem(path, "the file is missing", missing, { cause })
    : fileProblem(path, `cannot be read (${code(cause)})`, "Check its permissions.", { cause })

/** Reads one file of a folder; a missing or unreadable file is a `ModelFiles` error with its full path. */
export const readBytes = (folder: string, name: string): Effect.Effect<Uint8Array, BackendError> => {
  const path = join(folder, name)
  return Effect.tryPromise({
    try: () => readFile(path),
    catch: (cause) => systemProblem(path, cause, "The folder must hold a model in the Hugging Face layout.")
  })
}

export const readText = (folder: string, name: string): Effect.Effect<string, BackendError> =>
  Effect.map(readBytes(folder, name), (bytes) => new TextDecoder().decode(bytes))

/** Reads and parses a JSON file. */
export const readJson = (folder: string, name: string): Effect.Effect<unknown, BackendError> =>
  Effect.flatMap(readText(folder, name), (text) =>
    Effect.try({
      try: (): unknown => JSON.parse(text),
      catch: (cause) =>
        fileProblem(join(folder, name), `is not valid JSON (${String(cause)})`, REPLACE_FILES, { cause })
    }))

/** The same, or undefined where the file does not exist. */
export const optional = <A>(effect: Effect.Effect<A, BackendError>): Effect.Effect<A | undefined, BackendError> =>
  Effect.catchIf(effect, (error) => error.message.includes("the file is missing"), () => Effect.succeed(undefined))
