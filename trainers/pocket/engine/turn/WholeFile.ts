import { createHash } from "node:crypto"
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs"

const hashOf = (path: string): string => {
  const hash = createHash("sha256")
  const file = openSync(path, "r")
  const buffer = new Uint8Array(2 ** 22)
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      hash.update(buffer.subarray(0, read))
    }
  } finally {
    closeSync(file)
  }
  return hash.digest("hex")
}

/** What tells that a file has not changed since; no program can set the time of its last change (`ctime`). */
const stateOf = (path: string): string => {
  const { ctimeMs, ino, mtimeMs, size } = statSync(path)
  return JSON.stringify([size, mtimeMs, ctimeMs, ino])
}

const noted = (note: string): string => {
  try {
    return readFileSync(note, "utf8")
  } catch {
    return ""
  }
}

/**
 * Whether a file has this SHA-256 (hexadecimal): read and hashed only where it is not in the state that the file `note` says it was
 * found whole in. Throws where it cannot be read.
 */
export const isWhole = (path: string, sha256: string, note: string): boolean => {
  const state = `${sha256} ${stateOf(path)}`
  if (noted(note) === state) return true
  if (hashOf(path) !== sha256) return false
  writeFileSync(note, state)
  return true
}
