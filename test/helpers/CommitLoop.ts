/** Commits lessons with snapshots to the ledger in argv[2] until killed; prints a line after each. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { writeSync } from "node:fs"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { ledger } from "../../plugins/ledger/index.ts"
import { lesson, stepped } from "./Lessons.ts"

/** The adapter that belongs to a revision: every byte depends on it. */
export const adapterBytes = (revision: number): Uint8Array => new Uint8Array(100_000).fill(revision % 251)

const commitForever = Effect.gen(function*() {
  const store = yield* FeedbackStore
  let revision = Option.match(yield* store.latestSnapshot("model-a"), { onNone: () => 0, onSome: (s) => s.revision })
  while (true) {
    revision++
    const snapshot = { revision, modelIdentity: "model-a", shape: "rank 16", bytes: adapterBytes(revision) }
    yield* store.commitLesson({ lesson: lesson(`l${revision}`), outcome: stepped(`l${revision}`, revision), snapshot })
    writeSync(1, `${revision}\n`)
  }
})

const [, script, directory] = process.argv
if (directory !== undefined && script?.endsWith("CommitLoop.ts")) {
  await Effect.runPromise(commitForever.pipe(Effect.provide(ledger(directory))))
}
