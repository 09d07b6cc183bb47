import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { configError } from "../../../core/config/Decode.ts"
import { FeedbackStore } from "../../../core/FeedbackStore.ts"
import { Lessons } from "../../../core/Lessons.ts"
import { adapterNames, copyAdapter, createAdapter, deleteAdapter, MAIN, switchAdapter } from "../../host/Adapters.ts"
import { openDatabase } from "../../ledger/Database.ts"
import type { Command, CommandArguments, Place } from "../CommandSpec.ts"
import { answer, unknownAction, wordsOf } from "./Command.ts"
import { count } from "../../../ui/text/Numbers.ts"
import { inFolder, openProject, withLearning } from "./Open.ts"
import { readForUser, roomForUser, userAdapters } from "./UserAdapters.ts"

const wordsIn = (args: CommandArguments, action: string, wanted: number, what: string) =>
  wordsOf("adapters", args, action, { least: wanted, most: wanted }, what)

/** Commands on other adapters must work whatever adapter is in use. */
const anyAdapter = (args: CommandArguments): CommandArguments => ({ ...args, keys: [...args.keys, `adapter=${MAIN}`] })

const list = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  yield* wordsIn(args, "list", 0, "nothing more")
  const { launch } = yield* openProject(args, place)
  const names = yield* adapterNames(launch.projectState)
  const mine = yield* userAdapters(place.home)
  const adapters = names.map((name) => ({ name, current: name === launch.adapter }))
  yield* answer(
    args,
    { adapters, user: mine },
    [
      ...adapters.map(({ current, name }) => `${current ? "*" : " "} ${name}`),
      ...mine.map(({ card, name }) =>
        `  user:${name}   ${count(card.lessons, "lesson")} on ${card.modelName}, ${card.shape}`
      )
    ].join("\n")
  )
})

const create = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const [name = ""] = yield* wordsIn(args, "create", 1, "one NAME")
  const project = yield* openProject(anyAdapter(args), place)
  const { projectState } = project.launch
  const { from } = args.flags
  if (typeof from !== "string") yield* createAdapter(projectState, name, () => Effect.void)
  else if (from === "user" || from.startsWith("user:")) {
    const own = yield* readForUser(place.home, from === "user" ? "default" : from.slice("user:".length))
    yield* createAdapter(projectState, name, (directory) =>
      withLearning(
        { ...project, launch: inFolder(project.launch, name, directory) },
        Lessons.use(({ startFromSnapshot }) => startFromSnapshot(own.snapshot, `user:${own.name}`))
      ))
  } else yield* copyAdapter(projectState, from, name)
  yield* answer(
    args,
    { created: name, from: from ?? null },
    `The adapter ${name} is there${
      typeof from === "string" ? `, beginning as ${from}` : ""
    }. Use it with adapter=${name}, or `
      + `from now on: continualcode adapters switch ${name}`
  )
})

const change = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const [name = ""] = yield* wordsIn(args, "switch", 1, "one NAME")
  const { launch } = yield* openProject(anyAdapter(args), place)
  yield* switchAdapter(launch.projectState, name)
  yield* answer(args, { adapter: name }, `This project uses the adapter ${name} from now on.`)
})

const copy = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const [from = "", to = ""] = yield* wordsIn(args, "copy", 2, "two names, FROM and TO")
  const { launch } = yield* openProject(anyAdapter(args), place)
  yield* copyAdapter(launch.projectState, from, to)
  yield* answer(args, { created: to, from }, `The adapter ${to} is a copy of ${from}.`)
})

const remove = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const [name = ""] = yield* wordsIn(args, "delete", 1, "one NAME")
  const { launch } = yield* openProject(anyAdapter(args), place)
  yield* deleteAdapter(launch.projectState, name, openDatabase)
  yield* answer(args, { deleted: name }, `The adapter ${name} and its lessons are gone.`)
})

const pushUser = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  yield* wordsIn(args, "push-user", 0, "no name; adapter=NAME says which")
  const project = yield* openProject(args, place)
  const name = typeof args.flags["as"] === "string" ? args.flags["as"] : "default"
  const keep = yield* roomForUser(place.home, name)
  const card = yield* withLearning(
    project,
    Effect.gen(function*() {
      const about = yield* Lessons.use((service) => service.card)
      const store = yield* FeedbackStore
      const saved = yield* store.latestSnapshot(about.modelIdentity, about.shape)
      if (Option.isNone(saved)) {
        return yield* configError(
          "The adapter has learned nothing yet, so there is nothing to keep. Correct the agent first, or name another one: "
            + "adapter=NAME."
        )
      }
      yield* keep(about, saved.value)
      const { lessons, revision } = about
      yield* store.record({ _tag: "Exported", form: "user", target: `user:${name}`, lessons, revision })
      return about
    })
  )
  yield* answer(
    args,
    { user: name, ...card },
    `The adapter ${project.launch.adapter} with ${
      count(card.lessons, "lesson")
    } is kept as user:${name}. Start one from it in another `
      + "project: continualcode adapters create NAME --from user" + (name === "default" ? "" : `:${name}`)
  )
})

const actions = { list, create, switch: change, copy, delete: remove, "push-user": pushUser }
const isAction = (word: string): word is keyof typeof actions => Object.hasOwn(actions, word)

export const adaptersCommand: Command = {
  run: (args, place) => {
    const action = args.words[0] ?? "list"
    return isAction(action)
      ? Effect.scoped(actions[action](args, place))
      : Effect.fail(unknownAction("adapters", action, Object.keys(actions)))
  }
}
