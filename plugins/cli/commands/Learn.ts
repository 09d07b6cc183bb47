import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { configError } from "../../../core/config/Decode.ts"
import { LearningSwitch } from "../../../core/LearningSwitch.ts"
import { learningSwitch } from "../../host/ProjectState.ts"
import { print } from "../Say.ts"
import type { Command } from "../CommandSpec.ts"
import { unknownAction } from "./Command.ts"
import { openProject } from "./Open.ts"

export const learnCommand: Command = {
  run: (args, place) =>
    Effect.gen(function*() {
      const [action = "status", ...more] = args.words
      if (action !== "status" && action !== "on" && action !== "off") {
        return yield* unknownAction("learn", action, ["on", "off", "status"])
      }
      if (more.length > 0)
        return yield* configError(`learn ${action} takes nothing more. See continualcode learn --help.`)
      const { launch } = yield* openProject(args, place)
      const now = yield* Effect.gen(function*() {
        const { choose, chosen } = yield* LearningSwitch
        if (action !== "status")
          yield* choose(action === "on")
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
