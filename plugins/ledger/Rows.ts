import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import type { SQLOutputValue } from "node:sqlite"
import { ApprovedTurn } from "../../core/domain/ApprovedTurn.ts"
import { AgentEvent } from "../../core/domain/Event.ts"
import { LedgerRecord } from "../../core/domain/LedgerRecord.ts"
import { Lesson, LessonBrief } from "../../core/domain/Lesson.ts"
import type { LessonEntry, LessonState } from "../../core/domain/LessonEntry.ts"
import { TrainedWith } from "../../core/domain/LessonEntry.ts"
import { LearnOutcome } from "../../core/domain/Step.ts"
import type { ServiceUsage } from "../../core/domain/Usage.ts"
import type { AdapterOrigin, StoredSnapshot } from "../../core/FeedbackStore.ts"
import { maskJson } from "../../core/MaskSecrets.ts"

export type Row = Record<string, SQLOutputValue>

const encoder = <A, I>(schema: Schema.Codec<A, I>) => {
  const encode = Schema.encodeSync(Schema.toCodecJson(schema))
  return (value: A): string => JSON.stringify(maskJson(encode(value)))
}

const event = encoder(AgentEvent)

/** What goes into the tables as text: JSON by the domain's schemas, secrets masked. There is no other way in. */
export const text = {
  /** A lesson has a table of its own; the event that it began keeps what a person would read. */
  event: (happened: AgentEvent): string => {
    if (happened._tag !== "LearningStarted") return event(happened)
    const { conversation: _, ...lesson } = happened.lesson
    const { text: words } = lesson.attempt
    const attempt = { text: words, promptIds: [], ids: [], logProbs: [] }
    return event({ ...happened, lesson: { ...lesson, attempt, teacherPromptIds: [] } })
  },
  record: encoder(LedgerRecord),
  lesson: encoder(Lesson),
  outcome: encoder(LearnOutcome),
  trainedWith: encoder(TrainedWith),
  turn: encoder(ApprovedTurn)
}

const decoder = <A, I>(schema: Schema.Codec<A, I>) =>
  Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(schema)))

export const read = {
  lesson: decoder(Lesson),
  brief: decoder(LessonBrief),
  outcome: decoder(LearnOutcome),
  trainedWith: decoder(TrainedWith),
  turn: decoder(ApprovedTurn),
  event: decoder(AgentEvent),
  record: decoder(LedgerRecord)
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** A snapshot row whose bytes are what was written. */
export const asSnapshot = (row: Row, what = "snapshot"): StoredSnapshot => {
  const bytes = row["bytes"]
  if (!(bytes instanceof Uint8Array) || sha256(bytes) !== row["sha256"]) {
    throw new Error(`the ${what} of revision ${String(row["revision"])} is damaged (its SHA-256 does not match)`)
  }
  return {
    revision: Number(row["revision"]),
    modelIdentity: String(row["model_identity"]),
    shape: String(row["shape"]),
    bytes
  }
}

/** The sums of one service. Costs are those of the times when prices were given. */
export const asUsage = (row: Row): ServiceUsage => ({
  service: String(row["service"]),
  tokens: { prefill: Number(row["prefill"]), sampled: Number(row["sampled"]), trained: Number(row["trained"]) },
  ...(row["amount"] === null ? {} : { cost: { amount: Number(row["amount"]), currency: String(row["currency"]) } })
})

export const asOrigin = (row: Row | undefined): Option.Option<AdapterOrigin> =>
  row === undefined
    ? Option.none()
    : Option.some(
      row["tag"] === "Fresh"
        ? { _tag: "Fresh", seed: Number(row["seed"]) }
        : { _tag: "Imported", source: String(row["source"]), snapshot: asSnapshot(row, "beginning") }
    )

const STATES: Readonly<Record<string, LessonState>> = {
  Stepped: "active",
  Skipped: "skipped",
  RolledBack: "rolled back"
}

/** A row of the view `lesson_states`. */
export const asEntry = (row: Row): LessonEntry => {
  const forgotten = row["is_forgotten"] === 1
  return {
    number: Number(row["number"]),
    id: String(row["id"]),
    at: Number(row["at"]),
    sessionId: String(row["session"]),
    kind: Schema.decodeUnknownSync(Lesson.fields.kind)(row["kind"]),
    modelIdentity: String(row["model_identity"]),
    ...(row["shape"] === null ? {} : { shape: String(row["shape"]) }),
    state: forgotten ? "forgotten" : row["is_undone"] === 1 ? "undone" : STATES[String(row["tag"])] ?? "skipped",
    ...(forgotten ? {} : { lesson: read.lesson(row["body"]), outcome: read.outcome(row["outcome"]) }),
    ...(row["trained_with"] === null ? {} : { trainedWith: read.trainedWith(row["trained_with"]) })
  }
}
