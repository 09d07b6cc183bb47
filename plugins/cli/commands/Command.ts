import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { didYouMean } from "../../../core/config/DidYouMean.ts"
import { configError } from "../../../core/config/Decode.ts"
import type { CommandArguments } from "../Commands.ts"

/** Where a command was started. */
export interface Place {
  readonly directory: string
  readonly home: string
}

export type Machine = FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner

/** A command that runs and ends, without a session. Errors end with what the person can do. */
export interface Command {
  readonly help: string
  readonly run: (
    args: CommandArguments,
    place: Place
  ) => Effect.Effect<void, { readonly message: string }, Machine>
}

/** The action that a command's first word names, or the error that says which there are. */
export const unknownAction = (command: string, word: string, actions: ReadonlyArray<string>) =>
  configError(
    `${command} ${word} is not known.${didYouMean(word, actions)} There are: ${actions.join(", ")}. `
      + `See continualcode ${command} --help.`
  )
