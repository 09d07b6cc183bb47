import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"

/**
 * Makes a folder for a project's state where there is none; throws what the system says. Whoever runs `git add`, conversations
 * stay out of the project's history. A folder that was there before and is not named as ours is left alone: it may hold the
 * person's own files.
 */
export const makeStateFolder = (directory: string): void => {
  const isNew = mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined
  const file = join(directory, ".gitignore")
  if ((isNew || basename(directory) === ".continualcode") && !existsSync(file)) writeFileSync(file, "*\n")
}
