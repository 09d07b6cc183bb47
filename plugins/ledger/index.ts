import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import type { SQLOutputValue } from "node:sqlite"
import { ApprovedTurn } from "../../core/domain/ApprovedTurn.ts"
import { AgentEvent } from "../../core/domain/Event.ts"
import { Lesson } from "../../core/domain/Lesson.ts"
import { LearnOutcome } from "../../core/domain/Step.ts"
import type { FeedbackStoreError, StoredSnapshot } from "../../core/FeedbackStore.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import type { LedgerBusy } from "./Database.ts"
import { attempt, inTransaction, openDatabase } from "./Database.ts"
import { maskJson } from "../../core/MaskSecrets.ts"
import { summarize } from "./Summary.ts"

export { LedgerBusy } from "./Database.ts"

/** How many snapshots of one adapter stay. */
export const KEPT_SNAPSHOTS = 32

/** How many approved turns of one model stay. */
export const KEPT_APPROVED_TURNS = 200

type Row = Record<string, SQLOutputValue>

const encodeEvent = Schema.encodeSync(Schema.toCodecJson(AgentEvent))
const encodeLesson = Schema.encodeSync(Schema.toCodecJson(Lesson))
const encodeOutcome = Schema.encodeSync(Schema.toCodecJson(LearnOutcome))
const encodeTurn = Schema.encodeSync(Schema.toCodecJson(ApprovedTurn))
const decodeTurn = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(ApprovedTurn)))
const decodeLesson = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(Lesson)))
const decodeOutcome = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(LearnOutcome)))

const masked = (json: unknown): string => JSON.stringify(maskJson(json))
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const asSnapshot = (row: Row): StoredSnapshot => {
  const bytes = row["bytes"]
  if (!(bytes instanceof Uint8Array) || sha256(bytes) !== row["sha256"]) {
    throw new Error(
      `the snapshot of revision ${String(row["revision"])} is damaged (its SHA-256 does not match); `
        + "restore the folder from a backup, or start with another state_dir"
    )
  }
  return {
    revision: Number(row["revision"]),
    modelIdentity: String(row["model_identity"]),
    shape: String(row["shape"]),
    bytes
  }
}

/**
 * The ledger on SQLite, in `directory` (absolute; made when missing). One process at a time: a second one fails with
 * `LedgerBusy`. Secrets in texts are masked before they are stored; token ids, which training needs, are stored as they are.
 * The newest 32 snapshots of each adapter stay.
 */
export const ledger = (directory: string): Layer.Layer<FeedbackStore, FeedbackStoreError | LedgerBusy> =>
  Layer.effect(
    FeedbackStore,
    Effect.gen(function*() {
      const database = yield* openDatabase(directory)
      let session = "none"

      const addEvent = database.prepare("INSERT INTO events (at, session, tag, body) VALUES (?, ?, ?, ?)")
      const addLesson = database.prepare(
        "INSERT INTO lessons (id, at, session, kind, model_identity, body) VALUES (?, ?, ?, ?, ?, ?)"
      )
      const addOutcome = database.prepare("INSERT INTO outcomes (lesson_id, tag, revision, body) VALUES (?, ?, ?, ?)")
      const addSnapshot = database.prepare(
        "INSERT INTO snapshots (lesson_id, model_identity, shape, revision, sha256, bytes) VALUES (?, ?, ?, ?, ?, ?)"
      )
      const prune = database.prepare(
        `DELETE FROM snapshots WHERE model_identity = ?1 AND shape = ?2 AND number NOT IN
          (SELECT number FROM snapshots WHERE model_identity = ?1 AND shape = ?2 ORDER BY number DESC LIMIT ?3)`
      )
      const newest = database.prepare(
        "SELECT * FROM snapshots WHERE model_identity = ?1 AND (?2 IS NULL OR shape = ?2) ORDER BY number DESC LIMIT 1"
      )
      const allLessons = database.prepare(
        `SELECT lessons.body AS lesson, outcomes.body AS outcome
         FROM lessons JOIN outcomes ON outcomes.lesson_id = lessons.id ORDER BY lessons.number`
      )
      const allOutcomes = database.prepare(
        `SELECT json_extract(lessons.body, '$.correction') AS correction, outcomes.body AS outcome
         FROM lessons JOIN outcomes ON outcomes.lesson_id = lessons.id ORDER BY lessons.number`
      )
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
      const verdicts = database.prepare(
        `SELECT json_extract(body, '$.verdict._tag') AS verdict, count(*) AS times
         FROM events WHERE tag = 'VerdictGiven' GROUP BY verdict`
      )

      const append = Effect.fnUntraced(function*(event: AgentEvent) {
        const at = yield* Clock.currentTimeMillis
        if (event._tag === "SessionStarted") session = event.sessionId
        yield* attempt("The ledger could not be written", () => {
          addEvent.run(at, session, event._tag, masked(encodeEvent(event)))
        })
      })

      const commitLesson = (entry: {
        readonly lesson: Lesson
        readonly outcome: LearnOutcome
        readonly snapshot?: StoredSnapshot
      }) =>
        attempt("The lesson could not be stored", () =>
          inTransaction(database, () => {
            const { lesson, outcome, snapshot } = entry
            addLesson.run(
              lesson.id,
              lesson.at,
              session,
              lesson.kind,
              lesson.modelIdentity,
              masked(encodeLesson(lesson))
            )
            const revision = outcome._tag === "Stepped" ? outcome.step.revision : null
            addOutcome.run(lesson.id, outcome._tag, revision, masked(encodeOutcome(outcome)))
            if (snapshot === undefined) return
            addSnapshot.run(
              lesson.id,
              snapshot.modelIdentity,
              snapshot.shape,
              snapshot.revision,
              sha256(snapshot.bytes),
              snapshot.bytes
            )
            prune.run(snapshot.modelIdentity, snapshot.shape, KEPT_SNAPSHOTS)
          }))

      const lessons = attempt("The lessons could not be read", () =>
        allLessons.all().map((row) => ({
          lesson: decodeLesson(row["lesson"]),
          outcome: decodeOutcome(row["outcome"])
        })))

      return FeedbackStore.of({
        append,
        commitLesson,
        lessons,
        latestSnapshot: (modelIdentity, shape) =>
          attempt("The saved adapter could not be read", () => {
            const row = newest.get(modelIdentity, shape ?? null)
            return row === undefined ? Option.none() : Option.some(asSnapshot(row))
          }),
        keepApproved: (turn) =>
          attempt("The approved turn could not be stored", () =>
            inTransaction(database, () => {
              addTurn.run(turn.id, turn.at, turn.sessionId, turn.modelIdentity, masked(encodeTurn(turn)))
              pruneTurns.run(turn.modelIdentity, KEPT_APPROVED_TURNS)
            })),
        approvedTurns: ({ limit, modelIdentity }) =>
          attempt("The approved turns could not be read", () =>
            newestTurns.all(modelIdentity, limit).map((row) => decodeTurn(row["body"]))),
        metrics: (revision) =>
          attempt("The metrics could not be read", () => {
            const counts = Object.fromEntries(
              verdicts.all().map((row) => [String(row["verdict"]), Number(row["times"])])
            )
            const outcomes = allOutcomes.all().map((row) => ({
              correction: String(row["correction"]),
              outcome: decodeOutcome(row["outcome"])
            }))
            return summarize({
              revision,
              approvals: counts["Approve"] ?? 0,
              denials: counts["Deny"] ?? 0,
              edits: counts["Edit"] ?? 0,
              outcomes
            })
          })
      })
    })
  )
