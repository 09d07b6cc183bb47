import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { configError } from "../../core/config/Decode.ts"
import { SessionSummary } from "../../core/domain/SessionSummary.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { sessionsText } from "../../ui/text/SessionText.ts"
import type { Command } from "../cli/CommandSpec.ts"
import { openProject, withLedgerToRead } from "../cli/commands/Open.ts"
import { print } from "../cli/Say.ts"

const encode = Schema.encodeSync(Schema.toCodecJson(Schema.Struct({ sessions: Schema.Array(SessionSummary) })))

export const sessionsCommand: Command = {
  run: (args, place) =>
    Effect.gen(function*() {
      const [word] = args.words
      if (word !== undefined) {
        return yield* configError(`sessions takes no ${word}: continualcode --resume ${word} goes on with one.`)
      }
      const project = yield* openProject(args, place)
      const sessions = yield* withLedgerToRead(project, Effect.flatMap(FeedbackStore, (store) => store.sessions))
      yield* print(args.output === "json" ? JSON.stringify(encode({ sessions })) : sessionsText(sessions))
    })
}
