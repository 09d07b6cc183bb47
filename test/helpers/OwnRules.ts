import * as Effect from "effect/Effect"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Rule } from "../../core/permissions/Rule.ts"

/** The environment of a user whose own rules these are, beside the default ones. */
export const ownRules = (...rules: ReadonlyArray<Rule>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "continualcode-user-"))
      mkdirSync(join(folder, "continualcode"))
      writeFileSync(join(folder, "continualcode/permissions.json"), JSON.stringify({ rules }))
      return { XDG_CONFIG_HOME: folder }
    }),
    ({ XDG_CONFIG_HOME }) => Effect.sync(() => rmSync(XDG_CONFIG_HOME, { recursive: true, force: true }))
  )
