import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { bundledModel } from "../../trainers/pocket/index.ts"
import { loadModel } from "../../trainers/models/OpenModel.ts"
import type { Arm } from "./Arms.ts"
import { bestRates, comparisonUnits, expectedSeconds, type Size, tuningUnits } from "./Plan.ts"
import { runPool } from "./Pool.ts"
import { writeReport } from "./report/Write.ts"
import { appendFinished, readFinished } from "./Results.ts"
import type { Finished, Unit } from "./Unit.ts"

interface BenchmarkOptions {
  readonly arms: ReadonlyArray<Arm>
  readonly size: Size
  readonly workers: number
  /** Forgets finished units. */
  readonly fresh: boolean
  /** Runs nothing. */
  readonly onlyReport: boolean
  readonly modelDirectory: string | undefined
  /** File of finished units, a JSON line each. */
  readonly units: string
  /** Folder of the results. */
  readonly output: string
  /** Page whose tables are filled in. */
  readonly page: string | undefined
}

const estimateOf = (units: ReadonlyArray<Unit>, workers: number): string => {
  const seconds = units.reduce((sum, unit) => sum + expectedSeconds(unit), 0) / workers
  return `${units.length} chains, about ${Math.max(1, Math.round(seconds / 60))} min on ${workers} idle cores`
}

/**
 * Tunes each arm's learning rate, compares the arms, and writes the results. Every finished unit is kept, so that a rerun
 * goes on after it; units of another model do not count.
 */
export const runBenchmark = Effect.fnUntraced(function*(options: BenchmarkOptions) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { size, units: file, workers } = options
  const { identity } = yield* loadModel(options.modelDirectory ?? bundledModel, "pocket")
  if (options.fresh) yield* fs.remove(file, { force: true })
  yield* fs.makeDirectory(path.dirname(file), { recursive: true })
  let finished: ReadonlyArray<Finished> = yield* readFinished(file, identity)

  const run = Effect.fnUntraced(function*(stage: string, planned: ReadonlyArray<Unit>) {
    const done = new Set(finished.map(({ unit }) => unit.id))
    const left = planned.filter(({ id }) => !done.has(id))
    yield* Console.error(`${stage}: ${planned.length - left.length} finished; to do: ${estimateOf(left, workers)}`)
    yield* runPool(left, {
      workers,
      modelDirectory: options.modelDirectory,
      keep: (one) =>
        appendFinished(file, one).pipe(
          Effect.provideService(FileSystem.FileSystem, fs),
          Effect.orDie,
          Effect.andThen(Effect.sync(() => {
            finished = [...finished, one]
          })),
          Effect.uninterruptible
        ),
      say: (line) => Console.error(line)
    })
  })

  if (!options.onlyReport) {
    const tuning = tuningUnits(options.arms, size)
    const guess = comparisonUnits(options.arms, size, new Map())
    yield* Console.error(`in all: ${estimateOf([...tuning, ...guess], workers)}`)
    yield* run("tuning", tuning)
    yield* run("comparison", comparisonUnits(options.arms, size, bestRates(finished)))
  }
  const report = yield* writeReport(finished, identity, options.output, options.page)
  yield* Console.error(`${report.arms.length} arms, ${report.seeds} seeds; results in ${options.output}`)
})
