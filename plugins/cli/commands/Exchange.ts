import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { configError } from "../../../core/config/Decode.ts"
import { FeedbackStore } from "../../../core/FeedbackStore.ts"
import { adapterCardText, CARD_FILE, cardProblem, modelCard } from "../../../core/lessons/AdapterCard.ts"
import { EXPORT_FORMS, exportLessons, RawLesson } from "../../../core/lessons/Export.ts"
import { shortId } from "../../../core/lessons/FindLesson.ts"
import { Lessons } from "../../../core/Lessons.ts"
import { writeWhole } from "../../host/WriteWhole.ts"
import type { CommandArguments, Place } from "../CommandSpec.ts"
import { print, say } from "../Say.ts"
import { answer } from "./Command.ts"
import { count } from "../../../ui/text/Numbers.ts"
import { openProject, withLearning, withLedger } from "./Open.ts"
import { cardOf } from "./UserAdapters.ts"

/** Fails where no file of that name can be made. Asked before the ledger is taken, so that a typing error costs nobody a wait. */
const checkTarget = Effect.fnUntraced(function*(file: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const typeOf = (place: string) => Effect.option(Effect.map(files.stat(place), ({ type }) => type))
  if (Option.contains(yield* typeOf(file), "Directory")) {
    return yield* configError(`${file} is a folder. Give a file in it; for weights: lessons export --adapter DIR.`)
  }
  const folder = path.dirname(file)
  if (Option.isNone(yield* typeOf(folder))) {
    return yield* configError(`There is no folder ${folder} to write to. Make it, or give another FILE.`)
  }
})

/** Writes a file of an export. */
const writeExport = (file: string, text: string) =>
  writeWhole(file, text).pipe(
    Effect.mapError((cause) =>
      configError(`${file} cannot be written (${cause.reason._tag}). Choose another place.`, { reason: "Files", cause })
    )
  )

const exportWeights = Effect.fnUntraced(function*(args: CommandArguments, place: Place, directory: string) {
  const path = yield* Path.Path
  const target = path.resolve(place.directory, directory)
  const project = yield* openProject(args, place)
  const card = yield* withLearning(project, Lessons.use((service) => service.exportPeft(target)))
  yield* writeExport(path.join(target, "README.md"), modelCard(card))
  yield* writeExport(path.join(target, CARD_FILE), `${adapterCardText(card)}\n`)
  yield* answer(
    args,
    { ...card, directory: target },
    `The adapter ${project.launch.adapter} with ${
      count(card.lessons, "lesson")
    } is in ${target}: PEFT weights and a model card.`
  )
})

const formOf = (args: CommandArguments) => {
  const form = EXPORT_FORMS.find((known) => known === (args.flags["form"] ?? "raw"))
  return form === undefined
    ? Effect.fail(configError(`--form ${String(args.flags["form"])} is not allowed: ${EXPORT_FORMS.join(" or ")}.`))
    : Effect.succeed(form)
}

/** `lessons export`. */
export const exportAction = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const [, file, ...more] = args.words
  if (more.length > 0) return yield* configError("lessons export takes one FILE. See continualcode lessons --help.")
  if (args.flags["adapter"] === true) {
    if (file === undefined) return yield* configError("lessons export --adapter takes the folder to write to.")
    return yield* exportWeights(args, place, file)
  }
  const form = yield* formOf(args)
  const path = yield* Path.Path
  const project = yield* openProject(args, place)
  const target = file === undefined ? undefined : path.resolve(place.directory, file)
  if (target !== undefined) yield* checkTarget(target)
  const { left, lines } = yield* withLedger(
    project,
    Effect.gen(function*() {
      const store = yield* FeedbackStore
      const entries = yield* store.entries
      const exported = exportLessons(entries, form)
      const last = entries.findLast(({ state }) => state === "active")?.outcome
      if (target !== undefined) yield* writeExport(target, exported.lines.map((line) => `${line}\n`).join(""))
      yield* store.record({
        _tag: "Exported",
        form,
        target: target ?? "standard output",
        lessons: exported.lines.length,
        revision: last?._tag === "Stepped" ? last.step.revision : 0
      })
      return exported
    })
  )
  if (left > 0) {
    yield* say(`${left} denial${left === 1 ? " is" : "s are"} left out: no approved retry says which call was wanted.`)
  }
  if (target === undefined) {
    if (lines.length > 0) yield* print(lines.join("\n"))
    return
  }
  yield* answer(
    args,
    { form, file: target, lessons: lines.length, left },
    `${target} holds ${count(lines.length, "lesson")} (${form}).`
  )
})

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const decodeLine = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.toCodecJson(RawLesson)))

const isJson = (text: string): boolean => decodeJson(text)._tag === "Some"

const readLessons = Effect.fnUntraced(function*(file: string) {
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(file).pipe(
    Effect.mapError((cause) =>
      configError(`${file} cannot be read: ${cause.message}. Mend that, or give another file.`, {
        reason: "Files",
        cause
      })
    )
  )
  return yield* Effect.forEach(
    text.split("\n").flatMap((line, index) => line.trim() === "" ? [] : [{ line, number: index + 1 }]),
    ({ line, number }) =>
      decodeLine(line).pipe(
        Effect.map(({ lesson }) => lesson),
        Effect.mapError(() =>
          configError(
            isJson(line)
              ? `${file}, line ${number}, is not a lesson. Only the raw form can be imported: lessons export --form raw.`
              : `${file}, line ${number}, is not JSON: the file is cut off or damaged. Export it again. Nothing was `
                + "imported."
          )
        )
      )
  )
})

const importWeights = Effect.fnUntraced(function*(args: CommandArguments, place: Place, directory: string) {
  const card = yield* cardOf(directory).pipe(
    Effect.mapError(() =>
      configError(
        `${directory} has no ${CARD_FILE} that says which model the adapter belongs to, so it is not imported. `
          + "Make such a folder with: continualcode lessons export --adapter DIR"
      )
    )
  )
  const project = yield* openProject(args, place)
  yield* withLearning(
    project,
    Effect.gen(function*() {
      const { present, startFromPeft } = yield* Lessons
      const problem = present === undefined
        ? "Nothing is trained here, so there is no adapter to import into."
        : cardProblem(card, present.key, directory)
      if (problem !== undefined) return yield* configError(problem)
      yield* startFromPeft(directory, directory)
    })
  )
  yield* answer(
    args,
    { ...card, directory, adapter: project.launch.adapter },
    `The adapter ${project.launch.adapter} starts from ${directory}: what ${
      count(card.lessons, "lesson")
    } taught there.`
  )
})

/** `lessons import`. */
export const importAction = Effect.fnUntraced(function*(args: CommandArguments, place: Place) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const [, named, ...more] = args.words
  if (named === undefined || more.length > 0) {
    return yield* configError("lessons import takes one FILE or folder. See continualcode lessons --help.")
  }
  const source = path.resolve(place.directory, named)
  const info = yield* Effect.option(files.stat(source))
  if (info._tag === "None") return yield* configError(`There is no ${source} to import. Give a file or a folder.`)
  if (info.value.type === "Directory") return yield* importWeights(args, place, source)
  const lessons = yield* readLessons(source)
  const project = yield* openProject(args, place)
  const { known, learned } = yield* withLearning(
    project,
    Lessons.use((service) =>
      service.importLessons(
        lessons,
        source,
        ({ done, entry, inner, total }) =>
          inner === undefined ? say(`learning ${done + 1} of ${total}: ${shortId(entry.id)}`) : Effect.void
      )
    )
  )
  yield* answer(
    args,
    { learned: learned.map(({ id, state }) => ({ id, state })), known },
    `From ${source}: ${count(learned.length, "lesson")} learned, ${
      learned.filter(({ state }) => state === "active").length
    } made a step`
      + (known.length === 0 ? "." : `; ${known.length} were in the ledger already.`)
  )
})
