import * as Effect from "effect/Effect"
import { configError } from "../../core/config/Decode.ts"
import { BackendError } from "../../core/LoraBackend.ts"
import { openProject } from "../cli/commands/Open.ts"
import { print } from "../cli/Say.ts"
import type { Command } from "../cli/CommandSpec.ts"
import { gpuPlaces, pocketModel } from "../GpuPlaces.ts"
import { examine, thisMachine } from "./Doctor.ts"
import { reportText } from "./Report.ts"

export const doctorCommand: Command = {
  run: (args, place) =>
    Effect.gen(function*() {
      if (args.words.length > 0) {
        return yield* configError("doctor takes settings only, as key=value. See continualcode doctor --help.")
      }
      const { definition, launch } = yield* openProject(args, place)
      const { settings } = launch
      const written = typeof definition.trainer === "string" ? definition.trainer : "agent.ts's own"
      const report = yield* examine({
        settings,
        trainer: settings.trainer ?? written,
        places: yield* gpuPlaces(place.home),
        pocketModel,
        machine: thisMachine()
      })
      yield* print(args.output === "json" ? JSON.stringify(report, null, 2) : reportText(report))
      if (!report.ready) {
        return yield* new BackendError({
          reason: "Unsupported",
          message: `trainer=${report.trainer} cannot start yet; the report says what is missing.`
        })
      }
    })
}
