import * as Schema from "effect/Schema"
import { Message } from "./Message.ts"
import { ServiceUsage } from "./Usage.ts"

const Ids = Schema.Array(Schema.String)

/** What happens to conversation, adapter and ledger beside the events of a session. Kept in the same append-only stream as those. */
export const LedgerRecord = Schema.Union([
  /** What joined the conversation of the session, in one go. */
  Schema.TaggedStruct("Remembered", { messages: Schema.Array(Message) }),
  /** The session began with the conversation of another, as far as that had got by then. */
  Schema.TaggedStruct("SessionForked", { session: Schema.String }),
  /** The adapter after a lesson was kept. */
  Schema.TaggedStruct("SnapshotTaken", {
    lessonId: Schema.String,
    revision: Schema.Int,
    shape: Schema.String,
    sha256: Schema.String,
    bytes: Schema.Int
  }),
  Schema.TaggedStruct("LessonsUndone", { lessons: Ids, relearned: Ids, revision: Schema.Int }),
  /** As `LessonsUndone`; what these lessons said was removed. */
  Schema.TaggedStruct("LessonsForgotten", { lessons: Ids, relearned: Ids, revision: Schema.Int }),
  Schema.TaggedStruct("AdapterReplayed", {
    lessons: Ids,
    objective: Schema.String,
    backend: Schema.String,
    revision: Schema.Int
  }),
  /** The adapter's beginning was taken from elsewhere. */
  Schema.TaggedStruct("AdapterStarted", { source: Schema.String, shape: Schema.String, revision: Schema.Int }),
  Schema.TaggedStruct("Exported", {
    form: Schema.Literals(["raw", "sft", "dpo", "peft", "user"]),
    target: Schema.String,
    lessons: Schema.Int,
    revision: Schema.Int
  }),
  Schema.TaggedStruct("LessonsImported", { source: Schema.String, lessons: Ids }),
  /** What a service was asked for since the last such record of the session. */
  Schema.TaggedStruct("ServiceUsed", ServiceUsage.fields)
]).pipe(Schema.toTaggedUnion("_tag"))
export type LedgerRecord = typeof LedgerRecord.Type
