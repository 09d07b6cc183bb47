import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const codeOf = (cause: unknown): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

/**
 * Makes a folder and those above it; whether it is new. Each is made by itself, since Node's `recursive` tries for ever where
 * the system says that a folder's parent is missing although it is there, as `/proc` does.
 */
const makeFolders = (directory: string): boolean => {
  const make = () => mkdirSync(directory, { mode: 0o700 })
  try {
    make()
    return true
  } catch (cause) {
    const code = codeOf(cause)
    if (code === "ENOENT" && makeFolders(dirname(directory))) {
      make()
      return true
    }
    if (code === "EEXIST" && isFolder(directory)) return false
    throw cause
  }
}

/**
 * Makes a folder for a project's state where there is none; throws what the system says. Whoever runs `git add`, conversations
 * stay out of the project's history. A folder that was there before and is not named as ours is left alone: it may hold the
 * person's own files.
 */
export const makeStateFolder = (directory: string): void => {
  const isNew = makeFolders(directory)
  const file = join(directory, ".gitignore")
  if ((isNew || basename(directory) === ".continualcode") && !existsSync(file)) writeFileSync(file, "*\n")
}
