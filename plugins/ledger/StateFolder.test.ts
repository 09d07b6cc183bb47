import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openDatabase } from "./Database.ts"
import { makeStateFolder } from "./StateFolder.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "state-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe("a state folder", () => {
  it.effect("is made with those above it, for its owner alone, and making it again changes nothing", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const deep = join(root, "one/two/.continualcode")
      makeStateFolder(deep)
      makeStateFolder(deep)
      for (const made of [deep, join(root, "one/two"), join(root, "one")]) {
        assert.strictEqual(statSync(made).mode & 0o777, 0o700)
      }
      assert.isTrue(existsSync(join(deep, ".gitignore")))
    }))

  it.effect("that cannot be is refused at once, with what to do", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const file = join(root, "file")
      writeFileSync(file, "kept")
      const places: ReadonlyArray<readonly [string, RegExp]> = [
        [file, /No folder can be made there: give another one with state_dir=PATH\.$/],
        [join(file, "below"), /mend the folder's permissions, or give another one with state_dir=PATH\.$/],
        [join(root, "a".repeat(300)), /longer than the system allows: give another one with state_dir=PATH\.$/],
        // Where folders are never made, whoever asks; `mkdir` with `recursive` does not come back from there.
        ...(existsSync("/proc/self") ? [["/proc/continualcode/state", /No folder can be made there/] as const] : [])
      ]
      for (const [place, told] of places) {
        const error = yield* Effect.flip(openDatabase(place))
        assert.deepStrictEqual(
          [error._tag, "reason" in error && error.reason],
          ["FeedbackStoreError", "Forbidden"],
          place
        )
        assert.match(error.message, told)
      }
    }))
})
