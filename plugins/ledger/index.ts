import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { DatabaseSync } from "node:sqlite"
import { FeedbackStore, type FeedbackStoreError } from "../../core/FeedbackStore.ts"
import type { LedgerBusy } from "./Database.ts"
import { attempt, inTransaction, openDatabase, openToRead } from "./Database.ts"
import { sweep } from "./Forget.ts"
import { history } from "./History.ts"
import { asUsage, read, text } from "./Rows.ts"
import { snapshotTable } from "./Snapshots.ts"
import { summarize } from "./Summary.ts"

export { LedgerBusy } from "./Database.ts"

/** How many approved turns of one model stay. */
export const KEPT_APPROVED_TURNS = 200

/** The ledger's service on an open database. */
const storeOn = (database: DatabaseSync) =>
  Effect.gen(function*() {
    let session = "none"

    const addEvent = database.prepare("INSERT INTO events (at, session, tag, body) VALUES (?, ?, ?, ?)")
    const addTurn = database.prepare(
      "INSERT INTO approved_turns (id, at, session, model_identity, body) VALUES (?, ?, ?, ?, ?)"
    )
    const pruneTurns = database.prepare(
      `DELETE FROM approved_turns WHERE model_identity = ?1 AND number NOT IN
          (SELECT number FROM approved_turns WHERE model_identity = ?1 ORDER BY number DESC LIMIT ?2)`
    )
    const newestTurns = database.prepare(
      "SELECT body FROM approved_turns WHERE model_identity = ? ORDER BY number DESC LIMIT ?"
    )
    const probeRuns = database.prepare(
      "SELECT body FROM events WHERE tag = 'ProbesRun' AND json_extract(body, '$.forgotten') IS NULL ORDER BY id"
    )
    const verdicts = database.prepare(
      `SELECT json_extract(body, '$.verdict._tag') AS verdict, count(*) AS times
         FROM events WHERE tag = 'VerdictGiven' GROUP BY verdict`
    )
    const usage = database.prepare(
      `SELECT json_extract(body, '$.service') AS service,
           sum(json_extract(body, '$.tokens.prefill')) AS prefill, sum(json_extract(body, '$.tokens.sampled')) AS sampled,
           sum(json_extract(body, '$.tokens.trained')) AS trained,
           sum(json_extract(body, '$.cost.amount')) AS amount, max(json_extract(body, '$.cost.currency')) AS currency
         FROM events WHERE tag = 'ServiceUsed' GROUP BY service ORDER BY max(id)`
    )
    const outcomesInForce = database.prepare(
      `SELECT json_extract(body, '$.correction') AS correction, outcome FROM lesson_states
         WHERE NOT is_undone AND NOT is_forgotten ORDER BY number`
    )
    const briefsInForce = database.prepare(
      `SELECT outcome, json_set(
           json_remove(body, '$.teacherPromptIds', '$.conversation'), '$.attempt', json_extract(body, '$.attempt.text')
         ) AS brief FROM lesson_states WHERE NOT is_undone AND NOT is_forgotten ORDER BY number`
    )
    const lessonInForce = database.prepare(
      "SELECT body FROM lesson_states WHERE id = ? AND NOT is_undone AND NOT is_forgotten"
    )
    const snapshots = snapshotTable(database)
    const append = (at: number, tag: string, body: string) => addEvent.run(at, session, tag, body).lastInsertRowid
    const past = history(database, snapshots, append)

    /** One piece of work at the present time. */
    const now = <A>(what: string, work: (at: number) => A) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => attempt(what, () => work(at)))
    const inForce = () =>
      past.entries().flatMap(({ lesson, outcome, state }) =>
        lesson === undefined || outcome === undefined || state === "undone" ? [] : [{ lesson, outcome }]
      )

    return FeedbackStore.of({
      append: (event) =>
        now("The ledger could not be written", (at) => {
          if (event._tag === "SessionStarted") session = event.sessionId
          append(at, event._tag, text.event(event))
        }),
      record: (record) =>
        now("The ledger could not be written", (at) => void append(at, record._tag, text.record(record))),
      commitLesson: (entry) => now("The lesson could not be stored", (at) => past.commit(at, session, entry)),
      lessons: attempt("The lessons could not be read", inForce),
      lesson: (id) =>
        attempt("The lesson could not be read", () => {
          const row = lessonInForce.get(id)
          if (row === undefined) throw new Error(`no lesson ${id} is in force`)
          return read.lesson(row["body"])
        }),
      corrections: attempt(
        "The corrections could not be read",
        () => briefsInForce.all().map((row) => read.brief(row["brief"]))
      ),
      learned: attempt("The lessons could not be read", () =>
        briefsInForce.all().map((row) => ({
          lesson: read.brief(row["brief"]),
          outcome: read.outcome(row["outcome"])
        }))),
      entries: attempt("The lessons could not be read", past.entries),
      latestSnapshot: (modelIdentity, shape) =>
        attempt("The saved adapter could not be read", () => {
          const saved = shape === undefined
            ? snapshots.newest(modelIdentity)
            : snapshots.latest({ modelIdentity, shape })
          if (saved !== undefined) return Option.some(saved)
          const origin = Option.getOrUndefined(snapshots.origin(modelIdentity, shape))
          return origin?._tag === "Imported" ? Option.some(origin.snapshot) : Option.none()
        }),
      origin: ({ modelIdentity, shape }) =>
        attempt("The adapter's beginning could not be read", () => snapshots.origin(modelIdentity, shape)),
      start: (adapter, origin) =>
        now("The adapter cannot start from elsewhere", (at) => past.start(at, adapter, origin)),
      snapshots: (adapter) =>
        attempt("The saved adapters could not be read", () => snapshots.lessonsWithSnapshot(adapter)),
      snapshotAfter: (lessonId) =>
        attempt("The saved adapter could not be read", () => Option.fromUndefinedOr(snapshots.after(lessonId))),
      rewrite: (rewrite) => now("The ledger could not be changed", (at) => past.rewrite(at, rewrite)),
      sweep: attempt(
        "Copies of what was forgotten may remain in the ledger's file; try again",
        () => sweep(database)
      ),
      keepApproved: (turn) =>
        attempt("The approved turn could not be stored", () =>
          inTransaction(database, () => {
            addTurn.run(turn.id, turn.at, turn.sessionId, turn.modelIdentity, text.turn(turn))
            pruneTurns.run(turn.modelIdentity, KEPT_APPROVED_TURNS)
          })),
      approvedTurns: ({ limit, modelIdentity }) =>
        attempt(
          "The approved turns could not be read",
          () => newestTurns.all(modelIdentity, limit).map((row) => read.turn(row["body"]))
        ),
      probeRuns: attempt("The probe runs could not be read", () =>
        probeRuns.all().flatMap((row) => {
          const event = read.event(row["body"])
          return event._tag === "ProbesRun" ? [event.run] : []
        })),
      metrics: (revision) =>
        attempt("The metrics could not be read", () => {
          const counts = Object.fromEntries(
            verdicts.all().map((row) => [String(row["verdict"]), Number(row["times"])])
          )
          return summarize({
            revision,
            approvals: counts["Approve"] ?? 0,
            denials: counts["Deny"] ?? 0,
            edits: counts["Edit"] ?? 0,
            usage: usage.all().map(asUsage),
            outcomes: outcomesInForce.all().map((row) => ({
              correction: String(row["correction"]),
              outcome: read.outcome(row["outcome"])
            }))
          })
        })
    })
  })

/**
 * The ledger on SQLite, in `directory` (absolute; made when missing). One process at a time: a second one fails with
 * `LedgerBusy`. Secrets in texts are masked before they are stored; token ids, which training needs, are stored as they are.
 * Which snapshots stay is said in `core/lessons/KeptSnapshots.ts`.
 */
export const ledger = (directory: string): Layer.Layer<FeedbackStore, FeedbackStoreError | LedgerBusy> =>
  Layer.effect(FeedbackStore, Effect.flatMap(openDatabase(directory), storeOn))

/**
 * The same, only to be read: another process may work with it, and nothing is made or changed. Falls back to `ledger` when
 * there is none yet or it is of an earlier version.
 */
export const ledgerToRead = (directory: string): Layer.Layer<FeedbackStore, FeedbackStoreError | LedgerBusy> =>
  Layer.effect(
    FeedbackStore,
    Effect.flatMap(
      openToRead(directory),
      Option.match({ onNone: () => Effect.flatMap(openDatabase(directory), storeOn), onSome: storeOn })
    )
  )
