import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { configError } from "../../core/config/Decode.ts"
import { cannotWrite } from "./CannotWrite.ts"
import { userFolder } from "./UserFolder.ts"
import { writeWhole } from "./WriteWhole.ts"

/** A JSON file of the user folder, read as `schema`; `nothing` where it does not exist. Only its user can read it. */
export const userFile = <A, I>(name: string, schema: Schema.Codec<A, I>, nothing: A) => {
  const json = Schema.fromJsonString(schema)
  const decode = Schema.decodeUnknownEffect(json)
  const place = Effect.gen(function*() {
    const path = yield* Path.Path
    return path.join(yield* userFolder, name)
  })
  return {
    place,
    read: Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const file = yield* place
      const text = yield* files.readFileString(file).pipe(
        Effect.catchIf(({ reason }) => reason._tag === "NotFound", () => Effect.succeed(undefined)),
        Effect.mapError((cause) =>
          configError(`${file} cannot be read. Make it readable, or remove it.`, { reason: "Files", cause })
        )
      )
      if (text === undefined) return nothing
      return yield* Effect.mapError(
        decode(text),
        (cause) =>
          configError(`${file} does not hold what it should. Repair it, or remove it to begin anew.`, {
            reason: "Files",
            cause
          })
      )
    }),
    write: (value: A) =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const file = yield* place
        const text = `${JSON.stringify(Schema.encodeSync(schema)(value), undefined, 2)}\n`
        yield* files.makeDirectory(path.dirname(file), { recursive: true, mode: 0o700 }).pipe(
          Effect.andThen(writeWhole(file, text)),
          Effect.andThen(files.chmod(file, 0o600)),
          Effect.mapError(cannotWrite(file))
        )
      })
  }
}
