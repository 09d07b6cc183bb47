import type { DatabaseSync } from "node:sqlite"
import type { Records } from "../../core/FeedbackStore.ts"
import { inTransaction } from "./Database.ts"
import type { Journal } from "./Journal.ts"
import { operation, operationNow } from "./Operation.ts"
import { asUsage, read, text } from "./Rows.ts"
import { summarize } from "./Summary.ts"

/** How many approved turns of one model stay. */
export const KEPT_APPROVED_TURNS = 200

/** What happened, what was approved, and what is counted from both. */
export const recordsOn = (database: DatabaseSync, journal: Journal): Records => {
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

  return {
    append: (event) =>
      operationNow("append", "The ledger could not be written", (at) => {
        if (event._tag === "SessionStarted") journal.begin(event.sessionId)
        journal.append(at, event._tag, text.event(event))
      }),
    record: (record) =>
      operationNow(
        "record",
        "The ledger could not be written",
        (at) => void journal.append(at, record._tag, text.record(record))
      ),
    keepApproved: (turn) =>
      operation("keepApproved", "The approved turn could not be stored", () =>
        inTransaction(database, () => {
          addTurn.run(turn.id, turn.at, turn.sessionId, turn.modelIdentity, text.turn(turn))
          pruneTurns.run(turn.modelIdentity, KEPT_APPROVED_TURNS)
        })),
    approvedTurns: ({ limit, modelIdentity }) =>
      operation(
        "approvedTurns",
        "The approved turns could not be read",
        () => newestTurns.all(modelIdentity, limit).map((row) => read.turn(row["body"]))
      ),
    probeRuns: operation("probeRuns", "The probe runs could not be read", () =>
      probeRuns.all().flatMap((row) => {
        const event = read.event(row["body"])
        return event._tag === "ProbesRun" ? [event.run] : []
      })),
    metrics: (revision) =>
      operation("metrics", "The metrics could not be read", () => {
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
  }
}
