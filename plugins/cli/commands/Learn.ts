import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { configError } from "../../../core/config/Decode.ts"
import { LearningSwitch } from "../../../core/LearningSwitch.ts"
import { learningSwitch } from "../../host/ProjectState.ts"
import { print } from "../Say.ts"
import type { Command } from "./Command.ts"
import { unknownAction } from "./Command.ts"
import { openProject } from "./Open.ts"

const HELP = `continualcode learn: whether corrections change the adapter in this project

Usage
  continualcode learn            what is chosen
  continualcode learn on         a denial or an edit teaches, from the next start on
  continualcode learn off        corrections only steer the conversation

The choice stays with the project. enable_training=true|false wins over it for one start. A trainer that sends something
away asks first. \`continualcode lessons where\` says what goes where.
`

export const learnCommand: Command = {
  help: HELP,
  run: (args, place) =>
    Effect.gen(function*() {
      const [action = "status", ...more] = args.words
      if (action !== "status" && action !== "on" && action !== "off") {
        return yield* unknownAction("learn", action, ["on", "off", "status"])
      }
      if (more.length > 0) return yield* configError(`learn ${action} takes nothing more.`)
      const { launch } = yield* openProject(args, place)
      const now = yield* Effect.gen(function*() {
        const { choose, chosen } = yield* LearningSwitch
        if (action !== "status") yield* choose(action === "on")
        return yield* chosen
      }).pipe(Effect.provide(Layer.fresh(learningSwitch(launch.projectState))))
      const text = now === undefined
        ? launch.settings.enable_training
          ? "Nothing is chosen for this project, so learning is on; enable_training=false or `continualcode learn off` stop it."
          : "Nothing is chosen for this project, and enable_training=false turns learning off."
        : `Learning is ${now ? "on" : "off"} for this project.`
      yield* print(args.output === "json" ? JSON.stringify({ learning: now ?? null }) : text)
    })
}
