import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { createHash } from "node:crypto"
import { bundledModel, pocket } from "../../../trainers/pocket/index.ts"
import { loadModel } from "../../../trainers/models/OpenModel.ts"
import { fillMarkers } from "../report/Tables.ts"
import { loadPhrasings } from "./Load.ts"
import type { Row } from "./Row.ts"
import { runRow } from "./RunRow.ts"
import { PhrasingResults, phrasingSentence, phrasingTable, tally } from "./Tally.ts"

interface PhrasingsOptions {
  /** key=value settings of the program. */
  readonly settings: ReadonlyArray<string>
  readonly kinds: ReadonlyArray<string> | undefined
  readonly lanes: number
  /** Rows at most in this run; a rerun goes on after them. */
  readonly most: number
  /** Forgets rows that ran. */
  readonly fresh: boolean
  readonly modelDirectory: string | undefined
  /** The result file. */
  readonly output: string
  /** Pages in which table and sentence are filled in. */
  readonly pages: ReadonlyArray<string>
}

const File = Schema.fromJsonString(PhrasingResults)

/** One object or array of the top level and one row a line, so that a change can be read. */
const written = ({ rows, ...head }: PhrasingResults): string => {
  const lines = rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n")
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "rows": [\n${lines}\n  ]\n}\n`
}

/**
 * Gives the frozen corrections through the program's own loop, each to a fresh adapter, and writes what came of them. Rows that
 * ran with this model and set are kept.
 */
export const runPhrasings = Effect.fnUntraced(function*(options: PhrasingsOptions) {
  const fs = yield* FileSystem.FileSystem
  const set = yield* loadPhrasings
  const { identity } = yield* loadModel(options.modelDirectory ?? bundledModel, "pocket")
  const digest = createHash("sha256").update(JSON.stringify(set)).digest("hex")
  const earlier = options.fresh || !(yield* fs.exists(options.output))
    ? undefined
    : yield* Schema.decodeUnknownEffect(File)(yield* fs.readFileString(options.output))
  const kept = earlier?.modelIdentity === identity && earlier.set === digest ? earlier.rows : []
  const finished = new Map(kept.map((row) => [row.id, Struct.omit(row, ["garbage"])] satisfies [string, Row]))
  const left = set.rows.filter(({ id, kind }) => !finished.has(id) && options.kinds?.includes(kind) !== false)
  const now = left.slice(0, options.most)
  yield* Console.error(`${finished.size} of ${set.rows.length} corrections ran before; now ${now.length}`)

  const save = Effect.suspend(() => {
    const rows = set.rows.flatMap(({ id }) => finished.get(id) ?? [])
    const results: PhrasingResults = { modelIdentity: identity, set: digest, ...tally(set, rows) }
    return Effect.as(fs.writeFileString(options.output, written(results)), results)
  })
  let next = 0
  const lane = Effect.gen(function*() {
    while (next < now.length) {
      const row = now[next++]!
      const done = yield* runRow(row, set.workspaces, options.settings)
      finished.set(row.id, done)
      yield* save
      yield* Console.error(`${finished.size}/${set.rows.length}  ${row.id}`)
    }
  }).pipe(Effect.provide(Layer.fresh(pocket({
    threads: 1,
    ...(options.modelDirectory === undefined ? {} : { modelDirectory: options.modelDirectory })
  }))))
  yield* Effect.forEach(Array.from({ length: Math.min(options.lanes, now.length) }), () => lane, {
    concurrency: "unbounded",
    discard: true
  })

  const results = yield* save
  const table = phrasingTable(results)
  yield* Console.log(table)
  if (results.rows.length < set.rows.length) return
  const pieces = new Map([["phrasings", table], ["phrasings-sentence", phrasingSentence(results)]])
  for (const page of options.pages) {
    const text = yield* fs.readFileString(page)
    yield* fs.writeFileString(page, fillMarkers(text, pieces))
  }
})
