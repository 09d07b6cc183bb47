import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { AdapterCard } from "../../../core/lessons/AdapterCard.ts"
import { readForUser, roomForUser } from "./UserAdapters.ts"

const card: AdapterCard = {
  format: "continualcode/adapter@1",
  modelName: "pocket",
  modelIdentity: "model-a",
  shape: "rank 16",
  lessons: 1,
  objective: "sdpo",
  revision: 3,
  at: 0
}
const snapshot = (byte: number) => ({
  revision: 3,
  modelIdentity: "model-a",
  shape: "rank 16",
  bytes: Uint8Array.from([byte])
})

const home = Effect.flatMap(FileSystem.FileSystem, (files) => files.makeTempDirectoryScoped())

layer(NodeServices.layer)("a person's own adapters", (it) => {
  it.effect("are kept under a name, a later one in place of an earlier one", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const mine = yield* home
      for (const byte of [1, 2]) yield* (yield* roomForUser(mine, "mine"))(card, snapshot(byte))
      const { snapshot: kept } = yield* readForUser(mine, "mine")
      assert.deepStrictEqual([...kept.bytes], [2])
      assert.deepStrictEqual(yield* files.readDirectory(`${mine}/.continualcode/user-adapters`), ["mine"])
      yield* files.remove(`${mine}/.continualcode/user-adapters/mine/adapter.snapshot`)
      const { message } = yield* Effect.flip(readForUser(mine, "mine"))
      assert.match(message, /mine\/adapter\.snapshot cannot be read \(NotFound\)\. .* push-user --as mine$/)
    }))

  it.effect("that cannot be written say which folder and what to do, before and while they are written", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const mine = yield* home
      const folder = `${mine}/.continualcode/user-adapters`
      const remedy =
        `${folder} cannot be written. This process may not write there: mend the folder's permissions, or start `
        + "with another home folder: HOME=PATH."
      const keep = yield* roomForUser(mine, "mine")
      yield* files.remove(`${mine}/.continualcode`, { recursive: true })
      // A file where the folder should be: also the superuser, whom permissions do not stop, cannot write below it.
      yield* files.writeFileString(`${mine}/.continualcode`, "")
      assert.strictEqual((yield* Effect.flip(roomForUser(mine, "mine"))).message, remedy)
      assert.strictEqual((yield* Effect.flip(keep(card, snapshot(1)))).message, remedy)
    }))
})
