import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"

/** Files by path, relative to the folder they lie in. */
export type Files = Readonly<Record<string, string>>

/** A temporary folder with these files, removed with the scope. */
export const lay = Effect.fnUntraced(function*(files: Files) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* fs.realPath(yield* fs.makeTempDirectoryScoped({ prefix: "phrasing-" }))
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name)
    yield* fs.makeDirectory(path.dirname(file), { recursive: true })
    yield* fs.writeFileString(file, content)
  }
  return root
})
