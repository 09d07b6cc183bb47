import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"

/** Writes a file so that it is there whole or as it was before. */
export const writeWhole = Effect.fnUntraced(function*(file: string, text: string) {
  const files = yield* FileSystem.FileSystem
  const partial = `${file}.partial`
  yield* files.writeFileString(partial, text).pipe(
    Effect.andThen(files.rename(partial, file)),
    Effect.onError(() => Effect.ignore(files.remove(partial, { force: true })))
  )
})
