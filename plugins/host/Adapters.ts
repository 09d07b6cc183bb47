import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { configError } from "../../core/config/Decode.ts"
import { didYouMean } from "../../core/config/DidYouMean.ts"
import { copyLedger } from "../ledger/Copy.ts"
import { cannotWrite, stateFolder } from "./CannotWrite.ts"
import { readProjectState, writeProjectState } from "./ProjectState.ts"

/** The adapter a project begins with; its ledger lies in the project's state folder itself. */
export const MAIN = "main"

const FOLDER = "adapters"
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** Refuses what cannot be a folder of ours. */
export const adapterName = (name: string) =>
  NAME.test(name)
    ? Effect.succeed(name)
    : Effect.fail(configError(
      `${
        JSON.stringify(name)
      } cannot be the name of an adapter: letters, digits, - and _, at most 64, a letter or digit first.`
    ))

/** Folder of an adapter in a project's state folder. */
export const adapterFolder = Effect.fnUntraced(function*(projectState: string, name: string) {
  const path = yield* Path.Path
  return name === MAIN ? projectState : path.join(projectState, FOLDER, name)
})

/** Names of the project's adapters, `main` first. */
export const adapterNames = Effect.fnUntraced(function*(projectState: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const others = yield* Effect.orElseSucceed(files.readDirectory(path.join(projectState, FOLDER)), () => [])
  return [MAIN, ...others.filter((name) => NAME.test(name)).toSorted()]
})

/** The adapter to use: the one named, else the one switched to, else `main`. Fails when there is none of that name. */
export const chosenAdapter = Effect.fnUntraced(function*(projectState: string, named: string | undefined) {
  const name = named ?? (yield* readProjectState(projectState)).adapter ?? MAIN
  const names = yield* adapterNames(projectState)
  if (names.includes(name)) return name
  return yield* configError(
    `There is no adapter ${name} in this project.${didYouMean(name, names)} There are: ${names.join(", ")}. `
      + `Make one with: continualcode adapters create ${name}`
  )
})

const mustBeNew = Effect.fnUntraced(function*(projectState: string, name: string) {
  yield* adapterName(name)
  if ((yield* adapterNames(projectState)).includes(name)) {
    return yield* configError(`There is an adapter ${name} already. Choose another name, or delete it first.`)
  }
})

/**
 * Makes an adapter: `fill` gets a folder that becomes the adapter's when it succeeds and disappears otherwise.
 */
export const createAdapter = <E, R>(
  projectState: string,
  name: string,
  fill: (directory: string) => Effect.Effect<void, E, R>
) =>
  Effect.gen(function*() {
    yield* mustBeNew(projectState, name)
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const partial = path.join(projectState, FOLDER, `.${name}.partial`)
    const folder = yield* adapterFolder(projectState, name)
    yield* stateFolder(projectState, folder)
    yield* Effect.mapError(files.remove(partial, { recursive: true, force: true }), cannotWrite(folder))
    yield* stateFolder(partial, folder)
    yield* fill(partial).pipe(
      Effect.andThen(Effect.mapError(files.rename(partial, folder), cannotWrite(folder))),
      Effect.onError(() => Effect.ignore(files.remove(partial, { recursive: true, force: true })))
    )
  })

/** A copy with everything in the ledger: its lessons can be undone in one and stay in the other. */
export const copyAdapter = Effect.fnUntraced(function*(projectState: string, from: string, to: string) {
  const source = yield* adapterFolder(projectState, yield* chosenAdapter(projectState, from))
  yield* createAdapter(projectState, to, (directory) => Effect.scoped(copyLedger(source, directory)))
})

/** Uses an adapter from now on, in every start that names no other. */
export const switchAdapter = Effect.fnUntraced(function*(projectState: string, name: string) {
  yield* writeProjectState(projectState, { adapter: yield* chosenAdapter(projectState, name) })
})

/** Removes an adapter with its ledger. `hold` takes its folder, failing when somebody works with it. */
export const deleteAdapter = Effect.fnUntraced(function*<E, R>(
  projectState: string,
  name: string,
  hold: (directory: string) => Effect.Effect<unknown, E, R>
) {
  const files = yield* FileSystem.FileSystem
  if (name === MAIN) {
    return yield* configError(
      `The adapter ${MAIN} cannot be deleted: it is the project's own. Take lessons out of it with: continualcode lessons undo`
    )
  }
  yield* chosenAdapter(projectState, name)
  if ((yield* readProjectState(projectState)).adapter === name) {
    return yield* configError(
      `The adapter ${name} is in use. Switch to another one first: continualcode adapters switch ${MAIN}`
    )
  }
  const directory = yield* adapterFolder(projectState, name)
  const remove = Effect.mapError(files.remove(directory, { recursive: true }), cannotWrite(directory))
  yield* Effect.scoped(Effect.andThen(hold(directory), remove))
})
