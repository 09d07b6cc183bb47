import * as Effect from "effect/Effect"

/** One message to the person, on standard error. */
export const say = (message: string): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const line of message.split("\n")) process.stderr.write(`continualcode: ${line}\n`)
  })

/** What a command was asked for, on standard output. */
export const print = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stdout.write(`${text}\n`))
