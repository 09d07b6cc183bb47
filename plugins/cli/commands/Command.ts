import * as Effect from "effect/Effect"
import { didYouMean } from "../../../core/config/DidYouMean.ts"
import { configError } from "../../../core/config/Decode.ts"
import type { CommandArguments } from "../CommandSpec.ts"
import { print } from "../Say.ts"

/** Prints a value for programs or its words for people. */
export const answer = (args: CommandArguments, value: unknown, text: string) =>
  print(args.output === "json" ? JSON.stringify(value) : text)

/** The words after a command's action; `what` says which there must be. */
export const wordsOf = (
  command: string,
  args: CommandArguments,
  action: string,
  { least, most }: { readonly least: number; readonly most: number },
  what: string
) => {
  const words = args.words.slice(1)
  return words.length >= least && words.length <= most
    ? Effect.succeed(words)
    : Effect.fail(configError(`${command} ${action} takes ${what}. See continualcode ${command} --help.`))
}

/** The action that a command's first word names, or the error that says which there are. */
export const unknownAction = (command: string, word: string, actions: ReadonlyArray<string>) =>
  configError(
    `${command} ${word} is not known.${didYouMean(word, actions)} There are: ${actions.join(", ")}. `
      + `See continualcode ${command} --help.`
  )
