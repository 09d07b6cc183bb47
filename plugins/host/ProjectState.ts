import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { configError } from "../../core/config/Decode.ts"
import { LearningSwitch } from "../../core/LearningSwitch.ts"
import { cannotWrite, stateFolder } from "./CannotWrite.ts"
import { writeWhole } from "./WriteWhole.ts"

/** What was chosen for a project and stays so. */
export const ProjectState = Schema.Struct({
  /** The adapter in use when none is named. */
  adapter: Schema.optionalKey(Schema.String),
  /** Whether corrections may change weights. */
  learning: Schema.optionalKey(Schema.Boolean),
  /** By host of a service, what the person agreed to send there. A copy of this file in another folder agrees to nothing. */
  agreed: Schema.optionalKey(Schema.Record(
    Schema.String,
    Schema.Struct({
      workspace: Schema.String,
      /** Corrections and training batches too, not only prompts. */
      training: Schema.Boolean
    })
  )),
  /** Where prompts went when the person was last told what is stored and sent; `nowhere` when they stay here. */
  told: Schema.optionalKey(Schema.String)
})
export type ProjectState = typeof ProjectState.Type

const FILE = "project.json"
const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(ProjectState))

/** Reads the choices of the project whose state folder this is; none when there is no file. */
export const readProjectState = Effect.fnUntraced(function*(directory: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(directory, FILE)
  const text = yield* Effect.orElseSucceed(files.readFileString(file), () => "{}")
  return yield* decode(text).pipe(
    Effect.mapError((cause) =>
      configError(`${file} is not as continualcode wrote it. Repair it, or remove it to choose anew.`, {
        reason: "Files",
        cause
      })
    )
  )
})

/** Changes some of the choices; the file is there whole or not at all. */
export const writeProjectState = Effect.fnUntraced(function*(directory: string, change: Partial<ProjectState>) {
  const path = yield* Path.Path
  const before = yield* readProjectState(directory)
  const file = path.join(directory, FILE)
  yield* stateFolder(directory, file)
  yield* writeWhole(file, `${JSON.stringify({ ...before, ...change }, undefined, 2)}\n`).pipe(
    Effect.mapError(cannotWrite(file))
  )
})

/**
 * Whether the person has yet to be told where this project's prompts go; from now on they have been. False where that cannot
 * be kept: a folder that cannot be written says so soon enough.
 */
export const mustTell = Effect.fnUntraced(function*(directory: string, sendsTo: string | undefined) {
  const told = sendsTo ?? "nowhere"
  const before = yield* readProjectState(directory)
  if (before.told === told) return false
  return yield* writeProjectState(directory, { told }).pipe(Effect.as(true), Effect.orElseSucceed(() => false))
})

/** The switch of the project whose state folder this is. */
export const learningSwitch = (directory: string) =>
  Layer.effect(
    LearningSwitch,
    Effect.gen(function*() {
      const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
      return LearningSwitch.of({
        chosen: readProjectState(directory).pipe(
          Effect.map(({ learning }) => learning),
          Effect.orElseSucceed(() => undefined),
          Effect.provideContext(services)
        ),
        choose: (on) =>
          writeProjectState(directory, { learning: on }).pipe(
            Effect.mapError((cause) =>
              configError(`The choice could not be kept: ${cause.message}`, { reason: "Files", cause })
            ),
            Effect.provideContext(services),
            Effect.withSpan("LearningSwitch.choose")
          )
      })
    })
  )
