import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"

/** How many changes can be taken back, and how many bytes their files may have together. The oldest go first. */
const KEPT = 200
const KEPT_BYTES = 128 * 1024 * 1024

const Kept = Schema.Struct({
  /** Relative to the workspace. */
  path: Schema.String,
  /** Milliseconds since the epoch. */
  at: Schema.Number,
  /** Hash of the content before the change (undefined: there was no file) and after it. */
  before: Schema.optionalKey(Schema.String),
  after: Schema.String,
  bytes: Schema.Int
})

/** A file as it was before a call changed it. */
export interface Checkpoint extends Schema.Schema.Type<typeof Kept> {
  readonly name: string
  /** Absolute path of a copy of the content before; there is none where there was no file. */
  readonly copy: string
}

/** Files as they were before calls changed them, the newest last. They outlive the session. */
export class Checkpoints extends Context.Service<Checkpoints, {
  /** Keeps what a change is about to replace; gives what lets go of it when the change is not made after all. */
  readonly keep: (change: {
    readonly path: string
    readonly before: { readonly bytes: Uint8Array; readonly hash: string } | undefined
    readonly after: string
  }) => Effect.Effect<Effect.Effect<void>, PlatformError>
  /** Those that were neither taken back nor passed over. */
  readonly kept: Effect.Effect<ReadonlyArray<Checkpoint>, PlatformError>
  /** Leaves one out from now on, with its copy or without. */
  readonly drop: (checkpoint: Checkpoint, copy: "remove" | "leave") => Effect.Effect<void, PlatformError>
}>()("continualcode/Checkpoints") {
  /** In a folder (an absolute path) that only the user can read; without one nothing is kept. */
  static readonly layer = (folder?: string): Layer.Layer<Checkpoints, never, FileSystem.FileSystem | Path.Path> =>
    Layer.effect(Checkpoints, folder === undefined ? Effect.succeed(keepsNothing) : makeCheckpoints(folder))
}

const keepsNothing = Checkpoints.of({
  keep: () => Effect.succeed(Effect.void),
  kept: Effect.succeed([]),
  drop: () => Effect.void
})

const encode = Schema.encodeSync(Schema.fromJsonString(Kept))
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Kept))
const ENTRY = /^(\d+-\d+)\.json$/

const makeCheckpoints = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const entryOf = (name: string) => path.join(folder, `${name}.json`)
  const copyOf = (name: string) => path.join(folder, `${name}.before`)
  let made = 0

  const kept = Effect.gen(function*() {
    if (!(yield* fs.exists(folder))) return []
    const names = (yield* fs.readDirectory(folder)).flatMap((file) => ENTRY.exec(file)?.[1] ?? []).sort()
    // One that was being written when the program was killed is no checkpoint: its change was not begun.
    return yield* Effect.map(
      Effect.forEach(names, (name) =>
        fs.readFileString(entryOf(name)).pipe(
          Effect.map((text) => Option.map(decode(text), (one): Checkpoint => ({ ...one, name, copy: copyOf(name) })))
        )),
      (all) => all.flatMap((one) => Option.isSome(one) ? [one.value] : [])
    )
  })

  const drop = Effect.fn("Checkpoints.drop")(function*({ name }: Pick<Checkpoint, "name">, copy: "remove" | "leave") {
    yield* fs.remove(entryOf(name), { force: true })
    if (copy === "remove") yield* fs.remove(copyOf(name), { force: true })
  })

  const prune = Effect.gen(function*() {
    const all = (yield* kept).toReversed()
    let bytes = 0
    for (const [index, one] of all.entries()) {
      bytes += one.bytes
      if (index >= KEPT || bytes > KEPT_BYTES) yield* drop(one, "remove")
    }
  })

  return Checkpoints.of({
    keep: Effect.fn("Checkpoints.keep")(function*({ after, before, path: changed }) {
      const at = yield* Clock.currentTimeMillis
      const name = `${String(at).padStart(15, "0")}-${String(made++).padStart(6, "0")}`
      yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
      if (before !== undefined) yield* fs.writeFile(copyOf(name), before.bytes, { flag: "wx", mode: 0o600 })
      const entry = encode({
        path: changed,
        at,
        after,
        bytes: before?.bytes.length ?? 0,
        ...(before === undefined ? {} : { before: before.hash })
      })
      yield* fs.writeFileString(entryOf(name), entry, { flag: "wx", mode: 0o600 })
      yield* prune
      return Effect.ignore(drop({ name }, "remove"))
    }),
    kept: Effect.withSpan(kept, "Checkpoints.kept"),
    drop
  })
})
