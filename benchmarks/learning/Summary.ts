import type { CourseResult } from "./Course.ts"
import { meanOf } from "./Statistics.ts"

export interface Summary {
  readonly courses: number
  readonly fixedWithin1: number
  readonly fixedWithin2: number
  readonly fixedWithin3: number
  readonly heldOut: number
  readonly heldOutBefore: number
  readonly drift: number
  readonly innerStepsPerCourse: number
  readonly lessonSeconds: number
}

const within = (results: ReadonlyArray<CourseResult>, corrections: number): number =>
  meanOf(results.map(({ fixedAfter }) => fixedAfter !== undefined && fixedAfter <= corrections ? 1 : 0))

export const summarise = (results: ReadonlyArray<CourseResult>): Summary => ({
  courses: results.length,
  fixedWithin1: within(results, 1),
  fixedWithin2: within(results, 2),
  fixedWithin3: within(results, 3),
  heldOut: meanOf(results.map((result) => result.heldOut)),
  heldOutBefore: meanOf(results.map((result) => result.heldOutBefore)),
  drift: meanOf(results.map((result) => result.drift)),
  innerStepsPerCourse: meanOf(results.map((result) => result.innerSteps)),
  lessonSeconds: meanOf(results.map((result) => result.lessonSeconds))
})

const percent = (value: number): string => `${(100 * value).toFixed(0)} %`.padStart(6)

/** A table with one line per kind, then one for all. */
export const table = (results: ReadonlyArray<CourseResult>): string => {
  const kinds = [...new Set(results.map((result) => result.kind))]
  const line = (name: string, some: ReadonlyArray<CourseResult>): string => {
    const summary = summarise(some)
    return [
      name.padEnd(16),
      String(summary.courses).padStart(7),
      percent(summary.fixedWithin1),
      percent(summary.fixedWithin2),
      percent(summary.fixedWithin3),
      percent(summary.heldOutBefore),
      percent(summary.heldOut),
      `${(100 * summary.drift).toFixed(1)} %`.padStart(7),
      summary.innerStepsPerCourse.toFixed(1).padStart(7),
      summary.lessonSeconds.toFixed(2).padStart(7)
    ].join("  ")
  }
  return [
    "kind             courses  fixed within 1, 2, 3      held-out before  after   drift  updates  s/lesson",
    ...kinds.map((kind) => line(kind, results.filter((result) => result.kind === kind))),
    line("all", results)
  ].join("\n")
}
