import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ApprovalRequest } from "./domain/ApprovalRequest.ts"
import type { AgentEvent } from "./domain/Event.ts"
import type { UserInput } from "./domain/UserInput.ts"
import type { ApprovalAnswer } from "./domain/Verdict.ts"

/** The surface is gone or broken: the session ends, files and adapter stay sound. */
export class UiError extends Schema.TaggedError<UiError>()("UiError", {
  /** `Unusable`: there is nothing to show it on. `Stopped`: it ended while somebody waited for it. */
  reason: Schema.Literals(["Unusable", "Stopped"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

/**
 * A user interface: renders the event stream and answers requests. All surfaces speak this protocol; none has powers the
 * others lack.
 */
export class Ui extends Context.Service<Ui, {
  readonly name: string
  /** Shows one event. Must return quickly; slow surfaces buffer. */
  readonly show: (event: AgentEvent) => Effect.Effect<void, UiError>
  /** Waits for the human's answer to a proposed call. Interruptible. */
  readonly approve: (request: ApprovalRequest) => Effect.Effect<ApprovalAnswer, UiError>
  /** Waits for the human's next input when no call waits. Interruptible. */
  readonly next: Effect.Effect<UserInput, UiError>
  /** Completes each time the human asks to stop what is running (Esc, Ctrl-C, an interrupt line). */
  readonly interrupted: Effect.Effect<void>
}>()("continualcode/Ui") {}
