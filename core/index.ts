/** What an agent.ts, a tool, a trainer or a user interface of your own builds on. */
export { runSession, type SessionOptions, type SessionReport } from "./Agent.ts"
export { ConfigError } from "./config/Decode.ts"
export { defaultSettings, type PartialSettings, Settings } from "./config/Settings.ts"
export {
  type Agent,
  type AgentDefinition,
  defineAgent,
  type HostServices,
  isAgent,
  type Launch,
  type Part,
  type PartError,
  type WrittenPart
} from "./defineAgent.ts"
export { defineTool, type ToolDefinition } from "./defineTool.ts"
export { ApprovedTurn } from "./domain/ApprovedTurn.ts"
export { Attempt, Call, CallArguments } from "./domain/Call.ts"
export { ApprovalRequest } from "./domain/ApprovalRequest.ts"
export { AgentEvent, ContextUse } from "./domain/Event.ts"
export { LessonCard } from "./domain/LessonCard.ts"
export { LessonPoint, Metrics } from "./domain/Metrics.ts"
export { ProbeAnswer, ProbeRun } from "./domain/ProbeRun.ts"
export { UserInput } from "./domain/UserInput.ts"
export { Lesson, LessonBrief, LessonRelations } from "./domain/Lesson.ts"
export { LedgerRecord } from "./domain/LedgerRecord.ts"
export { AdapterKey, LessonEntry, LessonState, TrainedWith } from "./domain/LessonEntry.ts"
export { Message } from "./domain/Message.ts"
export { CanaryReport, Evidence, InnerStep, LearnOutcome, StageSeconds, Step } from "./domain/Step.ts"
export type { Prospect, WouldFail, WouldRun } from "./domain/Prospect.ts"
export { Preview, ToolMeta, ToolResult } from "./domain/ToolResult.ts"
export { SessionSummary } from "./domain/SessionSummary.ts"
export { Undone } from "./domain/Undone.ts"
export { ServiceUsage } from "./domain/Usage.ts"
export { ApprovalAnswer, Verdict } from "./domain/Verdict.ts"
export {
  type AdapterOrigin,
  FeedbackStore,
  FeedbackStoreError,
  type LessonLog,
  type Records,
  type Relearned,
  type Rewrite,
  type SessionLog,
  type Snapshots,
  type StoredSession,
  type StoredSnapshot
} from "./FeedbackStore.ts"
export { type Learned, Learner } from "./Learner.ts"
export { Lessons, LessonsError, type OnRelearn, type RelearnProgress } from "./Lessons.ts"
export { lessons, type LessonsOptions, lessonsToRead } from "./lessons/Layer.ts"
export * from "./LoraBackend.ts"
export type * from "./Loss.ts"
export * from "./Weights.ts"
export { loraModel, type Sampling } from "./LoraModel.ts"
export { Model, type ModelChunk, ModelError } from "./Model.ts"
export { Access } from "./permissions/Access.ts"
export { Extent, Permission, PermissionSet } from "./permissions/PermissionSet.ts"
export { CallPattern, Probe } from "./probe/Probe.ts"
export {
  type Contained,
  type Ended,
  type RunEnding,
  Runner,
  type RunnerCommand,
  RunnerError,
  type RunnerLimits,
  type RunOutcome
} from "./Runner.ts"
export {
  FileSearch,
  FileSearchError,
  type FoundFiles,
  type FoundLine,
  type FoundLines,
  type LinePattern,
  type SearchScope
} from "./FileSearch.ts"
export type { MachineServices, Tool, ToolServices } from "./Tool.ts"
export { type Resume, SessionError } from "./loop/Resume.ts"
export { type Job, Jobs, type JobView } from "./Jobs.ts"
export { type Checkpoint, Checkpoints } from "./Checkpoints.ts"
export { ToolMemory } from "./ToolMemory.ts"
export { ToolSandbox } from "./ToolSandbox.ts"
export { Trainer, TrainerError } from "./Trainer.ts"
export { Ui, UiError } from "./Ui.ts"
export { Workspace, WorkspaceError } from "./Workspace.ts"
