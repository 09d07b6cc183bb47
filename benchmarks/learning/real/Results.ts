import { meanOf } from "../Statistics.ts"
import type { CourseResult } from "./Course.ts"

/** What `results/real.json` holds of one model. Shares are of 1; those that were not measured are absent. */
export interface ModelResult {
  /** Of the kinds that had to be corrected, those whose first correction the teacher follows. */
  readonly teacherFollows: number
  /** The rest is of those kinds. */
  readonly fixedWithin2: number
  readonly heldOut: number
  readonly heldOutBefore: number
  readonly drift: number
  /** Of the lessons of a chain that held when they were made, those that hold after all others. */
  readonly retention?: number
  readonly chain?: number
  readonly notesHeldOut?: number
  readonly notesDrift?: number
  /** Waited for a correction, seconds on the machine and load of the run. */
  readonly lessonSeconds: number
  readonly updates: number
  readonly kinds: ReadonlyArray<CourseResult>
}

const known = (values: ReadonlyArray<number | undefined>) => values.filter((value) => value !== undefined)

/** Sums up the kinds that had to be corrected. */
export const summarise = (
  results: ReadonlyArray<CourseResult>,
  chain?: { readonly lessons: number; readonly retention: number }
): ModelResult => {
  const corrected = results.filter(({ taught }) => taught.length > 0)
  const followed = corrected.filter(({ taught }) => taught[0]?.follows === true)
  const notes = known(followed.map(({ notesHeldOut }) => notesHeldOut))
  return {
    teacherFollows: followed.length / Math.max(1, corrected.length),
    fixedWithin2: meanOf(followed.map(({ fixedAfter }) => fixedAfter === undefined ? 0 : 1)),
    heldOut: meanOf(followed.map(({ heldOut }) => heldOut)),
    heldOutBefore: meanOf(followed.map(({ heldOutBefore }) => heldOutBefore)),
    drift: meanOf(corrected.map(({ drift }) => drift)),
    ...(chain === undefined ? {} : { retention: chain.retention, chain: chain.lessons }),
    ...(notes.length === 0 ? {} : {
      notesHeldOut: meanOf(notes),
      notesDrift: meanOf(known(corrected.map(({ notesDrift }) => notesDrift)))
    }),
    lessonSeconds: meanOf(corrected.flatMap(({ taught }) => taught.map(({ seconds }) => seconds))),
    updates: meanOf(corrected.flatMap(({ taught }) => taught.map(({ updates }) => updates))),
    kinds: results
  }
}

const percent = (share: number | undefined): string => share === undefined ? "" : `${Math.round(100 * share)} %`

const row = ({ drift, fixedAfter, heldOut, heldOutBefore, kind, notesHeldOut, taught }: CourseResult) => ({
  kind,
  told: taught.length === 0 ? "as wanted" : taught[0]?.follows === true ? "follows" : "does not",
  fixed: fixedAfter === undefined ? "no" : String(fixedAfter),
  before: percent(heldOutBefore),
  heldOut: percent(heldOut),
  notes: percent(notesHeldOut),
  drift: percent(drift),
  updates: taught.map(({ updates }) => updates).join(" + "),
  seconds: taught.map(({ seconds }) => seconds.toFixed(0)).join(" + ")
})

/** A row for each kind, and one for all. */
export const table = (result: ModelResult): ReadonlyArray<Readonly<Record<string, string>>> => [
  ...result.kinds.map(row),
  {
    kind: "all",
    told: percent(result.teacherFollows),
    fixed: percent(result.fixedWithin2),
    before: percent(result.heldOutBefore),
    heldOut: percent(result.heldOut),
    notes: percent(result.notesHeldOut),
    drift: percent(result.drift),
    updates: result.updates.toFixed(1),
    seconds: result.lessonSeconds.toFixed(0)
  }
]
