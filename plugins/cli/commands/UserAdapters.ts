import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { configError } from "../../../core/config/Decode.ts"
import { didYouMean } from "../../../core/config/DidYouMean.ts"
import type { StoredSnapshot } from "../../../core/FeedbackStore.ts"
import { type AdapterCard, adapterCardText, CARD_FILE, readAdapterCard } from "../../../core/lessons/AdapterCard.ts"
import { adapterName } from "../../host/Adapters.ts"
import { cannotWrite } from "../../host/CannotWrite.ts"

const SNAPSHOT = "adapter.snapshot"

/** The one folder outside projects that is ever written. */
const folderOf = Effect.fnUntraced(function*(home: string) {
  const path = yield* Path.Path
  return path.join(home, ".continualcode", "user-adapters")
})

/** The card beside exported weights. */
export const cardOf = Effect.fnUntraced(function*(directory: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return yield* files.readFileString(path.join(directory, CARD_FILE)).pipe(Effect.flatMap(readAdapterCard))
})

/** The person's own adapters: weights and a card, no lessons. */
export const userAdapters = Effect.fnUntraced(function*(home: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* folderOf(home)
  const names = yield* Effect.orElseSucceed(files.readDirectory(folder), (): Array<string> => [])
  const found = yield* Effect.forEach(
    names.toSorted(),
    (name) =>
      cardOf(path.join(folder, name)).pipe(Effect.map((card) => [{ name, card }]), Effect.orElseSucceed(() => []))
  )
  return found.flat()
})

/**
 * Makes room for an adapter among the person's own. What it succeeds with keeps one there; one of that name is replaced when
 * the new one is complete.
 */
export const roomForUser = Effect.fnUntraced(function*(home: string, name: string) {
  yield* adapterName(name)
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* folderOf(home)
  const partial = path.join(folder, `.${name}.partial`)
  const old = path.join(folder, `.${name}.old`)
  const target = path.join(folder, name)
  const told = cannotWrite(folder, "start with another home folder: HOME=PATH")
  yield* files.makeDirectory(folder, { recursive: true, mode: 0o700 }).pipe(
    Effect.andThen(files.access(folder, { writable: true })),
    Effect.mapError(told)
  )
  return (card: AdapterCard, snapshot: StoredSnapshot) =>
    Effect.gen(function*() {
      yield* files.remove(partial, { recursive: true, force: true })
      yield* files.makeDirectory(partial, { mode: 0o700 })
      yield* files.writeFile(path.join(partial, SNAPSHOT), snapshot.bytes)
      yield* files.writeFileString(path.join(partial, CARD_FILE), `${adapterCardText(card)}\n`)
      yield* files.remove(old, { recursive: true, force: true })
      yield* Effect.ignore(files.rename(target, old))
      yield* files.rename(partial, target)
      yield* files.remove(old, { recursive: true, force: true })
    }).pipe(
      Effect.onError(() =>
        Effect.ignore(files.remove(partial, { recursive: true, force: true })).pipe(
          Effect.andThen(Effect.ignore(files.rename(old, target)))
        )
      ),
      Effect.mapError(told)
    )
})

/** One of the person's own adapters. */
export const readForUser = Effect.fnUntraced(function*(home: string, name: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const own = yield* userAdapters(home)
  const found = own.find((one) => one.name === name)
  if (found === undefined) {
    const names = own.map((one) => one.name)
    return yield* configError(
      `You have no adapter of your own called ${name}.${didYouMean(name, names)} `
        + (names.length === 0 ? "" : `There are: ${names.join(", ")}. `)
        + "Keep one from a project that has learned something: continualcode adapters push-user"
    )
  }
  const file = path.join(yield* folderOf(home), name, SNAPSHOT)
  const bytes = yield* files.readFile(file).pipe(
    Effect.mapError((cause) =>
      configError(
        `${file} cannot be read (${cause.reason._tag}). Mend its permissions, or keep the adapter anew: continualcode adapters `
          + `push-user --as ${name}`,
        { reason: "Files", cause }
      )
    )
  )
  const { modelIdentity, revision, shape } = found.card
  return { name, card: found.card, snapshot: { revision, modelIdentity, shape, bytes } satisfies StoredSnapshot }
})
