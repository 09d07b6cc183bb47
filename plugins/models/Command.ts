import * as Effect from "effect/Effect"
import { totalmem } from "node:os"
import { openModel } from "../../trainers/models/OpenModel.ts"
import { parameterCount } from "../../trainers/models/ModelConfig.ts"
import { findModels } from "../../trainers/models/sources/FindModels.ts"
import { resolveModel } from "../../trainers/models/sources/ResolveModel.ts"
import { answer, unknownAction, wordsOf } from "../cli/commands/Command.ts"
import type { Command, CommandArguments, Place } from "../cli/CommandSpec.ts"
import { say } from "../cli/Say.ts"
import { gpuPlaces } from "../GpuPlaces.ts"
import { choices } from "./Choices.ts"
import { fitsMemory } from "./Memory.ts"
import { modelsReport, reportText } from "./Report.ts"

const list = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  yield* wordsOf("models", args, "list", { least: 0, most: 0 }, "nothing more")
  const report = modelsReport(totalmem(), yield* findModels(yield* gpuPlaces(place.home)), choices)
  yield* answer(args, report, reportText(report))
})

const get = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const [word = ""] = yield* wordsOf("models", args, "get", { least: 1, most: 1 }, "one NAME")
  const name = choices.find(({ alias }) => alias === word)?.name ?? word
  const { kind, path } = yield* resolveModel(name, { ...yield* gpuPlaces(place.home), report: say })
  const { config, family } = yield* openModel(path)
  const trainers = family.backends.filter((backend) => kind === "folder" || backend === "pocket")
  const fits = fitsMemory(parameterCount(config), totalmem())
  const trainer = trainers.includes("pocket") && fits ? "pocket" : trainers.find((backend) => backend !== "pocket")
  yield* answer(
    args,
    { name, path, family: family.title, trainers, fits },
    `${name} is there: ${path}\n${
      trainer === undefined
        ? `No trainer here can run it${
          fits ? "" : " in this machine's memory"
        }. Choose another one: continualcode models`
        : `Start with it: continualcode trainer=${trainer} model_name=${name}`
    }`
  )
})

const actions: Readonly<Record<string, Command["run"]>> = { list, get }

/** Models on this machine, and what to download. */
export const modelsCommand: Command = {
  run: (args, place) =>
    Effect.suspend(() => {
      const [word = "list"] = args.words
      const action = Object.hasOwn(actions, word) ? actions[word] : undefined
      return action === undefined
        ? Effect.fail(unknownAction("models", word, Object.keys(actions)))
        : action(args, place)
    })
}
