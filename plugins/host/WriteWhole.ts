import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"

/** Writes a file so that it is there whole or as it was before. */
export const writeWhole = Effect.fnUntraced(function*(file: string, text: string) {
  const files = yield* FileSystem.FileSystem
  yield* files.writeFileString(`${file}.partial`, text)
  yield* files.rename(`${file}.partial`, file)
})
