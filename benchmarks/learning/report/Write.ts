import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { toCsv } from "./Csv.ts"
import { toJson } from "./Json.ts"
import { plots } from "./Plots.ts"
import { makeReport } from "./Report.ts"
import { fillMarkers, pieces } from "./Tables.ts"
import type { Finished } from "../Unit.ts"

/** Writes chains.csv, summary.json and the plots into a folder, and the tables into a page where one is given. */
export const writeReport = Effect.fnUntraced(function*(
  finished: ReadonlyArray<Finished>,
  modelIdentity: string,
  folder: string,
  page: string | undefined
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const report = makeReport(finished, modelIdentity)
  yield* fs.makeDirectory(folder, { recursive: true })
  yield* fs.writeFileString(path.join(folder, "chains.csv"), toCsv(finished))
  yield* fs.writeFileString(path.join(folder, "summary.json"), toJson(report))
  for (const [name, svg] of plots(report)) yield* fs.writeFileString(path.join(folder, name), svg)
  if (page !== undefined) {
    const text = yield* fs.readFileString(page)
    yield* fs.writeFileString(page, fillMarkers(text, pieces(report)))
  }
  return report
})
