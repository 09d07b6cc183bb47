import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { configError } from "../../core/config/Decode.ts"
import { prepare } from "../cli/Prepare.ts"
import { print } from "../cli/Say.ts"
import type { Command } from "../cli/commands/Command.ts"
import { gpuPlaces, pocketModel } from "../GpuPlaces.ts"
import { examine, thisMachine } from "./Doctor.ts"
import { reportText } from "./Report.ts"

const HELP = `continualcode doctor: what the trainers need, what is there, and which models fit

Usage
  continualcode doctor                                       with the project's settings
  continualcode doctor trainer=gpu model_name=Qwen/Qwen3-8B  whether this would start, and what is missing

Looks at Node, GPU driver, memory, Python, torch, model files and disk. Nothing is installed, downloaded or changed.

Flags
      --output text|json     what is printed (text)
      --agent PATH           an agent.ts
  -h, --help                 this page

Exit codes
  0 the chosen trainer can start   1 something is missing   2 a wrong argument, setting or agent.ts
`

class NotReady extends Schema.TaggedError<NotReady>()("NotReady", { message: Schema.String }) {}

export const doctorCommand: Command = {
  help: HELP,
  run: (args, place) =>
    Effect.gen(function*() {
      if (args.words.length > 0) {
        return yield* configError("doctor takes settings only, as key=value. See continualcode doctor --help.")
      }
      const { definition, launch } = yield* prepare({ ...args, interactive: false }, place)
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
        return yield* new NotReady({
          message: `trainer=${report.trainer} cannot start yet; the report says what is missing.`
        })
      }
    })
}
