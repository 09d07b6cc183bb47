import * as Effect from "effect/Effect"
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** Puts the demo's files into a folder as they are committed; what an agent has learned in the demo stays behind. */
export const layDemo = (directory: string): void =>
  cpSync(fileURLToPath(new URL("../../demo", import.meta.url)), directory, {
    recursive: true,
    filter: (source) => !source.endsWith(".continualcode")
  })

/** A copy of the demo project in a temporary folder. */
export const demoCopy = Effect.acquireRelease(
  Effect.sync(() => {
    const path = mkdtempSync(join(tmpdir(), "continualcode-demo-"))
    layDemo(path)
    return path
  }),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
