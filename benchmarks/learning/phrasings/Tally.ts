import * as Schema from "effect/Schema"
import { makeGarbage } from "./Garbage.ts"
import type { PhrasingSet } from "./Phrasing.ts"
import { Row } from "./Row.ts"

/** Shares are of the corrections, 0 to 1. */
const Tally = Schema.Struct({
  /** Rows in which the model made a call that was not the wanted one, and was corrected. */
  corrections: Schema.Int,
  /** The retry right after the correction does as was asked, and is not garbage. */
  retryFollows: Schema.Finite,
  /** So does the call for the same task in a fresh session, without the correction. */
  freshHolds: Schema.Finite,
  /** And the call for a second task of the kind. */
  againHolds: Schema.Finite,
  /** Retry or fresh call cannot run, or holds words that nobody wrote. */
  garbage: Schema.Finite,
  /** The correction made a step that was kept. */
  stepped: Schema.Finite,
  /** The denied call was the retry. */
  sameAgain: Schema.Finite,
  /** With learning off: the retry follows, since the correction is in its prompt. */
  toldFollows: Schema.Finite
})
type Tally = typeof Tally.Type

/** The result file. */
export const PhrasingResults = Schema.Struct({
  modelIdentity: Schema.String,
  /** SHA-256 of the frozen set. */
  set: Schema.String,
  default: Tally,
  kinds: Schema.Record(Schema.String, Tally),
  /** Rows in which the first call was the wanted one, and in which there was none: nothing to correct. */
  wantedAlready: Schema.Int,
  withoutCall: Schema.Int,
  rows: Schema.Array(Schema.Struct({ ...Row.fields, garbage: Schema.optionalKey(Schema.String) }))
})
export type PhrasingResults = typeof PhrasingResults.Type

const share = (values: ReadonlyArray<boolean>): number =>
  values.length === 0 ? 0 : Math.round(1000 * values.filter(Boolean).length / values.length) / 1000

/** Everything that is reported of the rows that ran. */
export const tally = (set: PhrasingSet, rows: ReadonlyArray<Row>) => {
  const garbageOf = makeGarbage(set, rows)
  const given = rows.flatMap(({ first, id, kind, taught, told }) => {
    if (taught === undefined || told === undefined) return []
    const sound = (judged: typeof first) => judged.wanted && garbageOf(id, judged) === undefined
    return [{
      kind,
      retryFollows: sound(taught.retry),
      freshHolds: sound(taught.fresh),
      againHolds: sound(taught.again),
      garbage: garbageOf(id, taught.retry) !== undefined || garbageOf(id, taught.fresh) !== undefined,
      stepped: typeof taught.step === "number",
      sameAgain: JSON.stringify(taught.retry.call) === JSON.stringify(first.call),
      toldFollows: sound(told.retry)
    }]
  })
  const tallyOf = (some: typeof given): Tally => ({
    corrections: some.length,
    retryFollows: share(some.map(({ retryFollows }) => retryFollows)),
    freshHolds: share(some.map(({ freshHolds }) => freshHolds)),
    againHolds: share(some.map(({ againHolds }) => againHolds)),
    garbage: share(some.map(({ garbage }) => garbage)),
    stepped: share(some.map(({ stepped }) => stepped)),
    sameAgain: share(some.map(({ sameAgain }) => sameAgain)),
    toldFollows: share(some.map(({ toldFollows }) => toldFollows))
  })
  const kinds = [...new Set(set.rows.map(({ kind }) => kind))]
  return {
    default: tallyOf(given),
    kinds: Object.fromEntries(kinds.map((kind) => [kind, tallyOf(given.filter((one) => one.kind === kind))])),
    wantedAlready: rows.filter(({ first }) => first.wanted).length,
    withoutCall: rows.filter(({ first }) => first.call === undefined).length,
    rows: rows.map((row) => {
      const why = row.taught === undefined
        ? undefined
        : garbageOf(row.id, row.taught.retry) ?? garbageOf(row.id, row.taught.fresh)
      return { ...row, ...(why === undefined ? {} : { garbage: why }) }
    })
  }
}

const percent = (value: number): string => `${Math.round(100 * value)} %`

/** The figures in one sentence. */
export const phrasingSentence = ({ default: all }: Pick<PhrasingResults, "default">): string =>
  `Of ${all.corrections} such corrections ${percent(all.retryFollows)} are followed by the retry, ${
    percent(all.freshHolds)
  } hold `
  + `in a fresh session, and ${percent(all.garbage)} end in garbage: a call that cannot run or names what nobody named.`

/** The table by kind, as Markdown. */
export const phrasingTable = (results: Pick<PhrasingResults, "default" | "kinds">): string => {
  const line = (name: string, some: Tally): string =>
    some.corrections === 0
      ? `| ${name} | 0 | – | – | – | – |`
      : `| ${name} | ${some.corrections} | ${
        [some.retryFollows, some.freshHolds, some.againHolds, some.garbage].map(percent).join(" | ")
      } |`
  return [
    "| kind | corrections | retry follows | holds in a fresh session | on a second task | garbage |",
    "|---|---|---|---|---|---|",
    ...Object.entries(results.kinds).map(([kind, some]) => line(kind, some)),
    line("**all**", results.default)
  ].join("\n")
}
