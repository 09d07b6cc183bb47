import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import type { AgentEvent } from "../../core/domain/Event.ts"
import type { UserInput } from "../../core/domain/UserInput.ts"
import type { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import { Ui } from "../../core/Ui.ts"

export interface ScriptedUiOptions {
  /** What the human types; then quits. */
  readonly inputs: ReadonlyArray<UserInput>
  /** What the human answers; then cancels. */
  readonly answers?: ReadonlyArray<ApprovalAnswer>
  readonly events?: Array<AgentEvent>
  readonly requests?: Array<ApprovalRequest>
  /** Stops what is running when an event with this tag is shown. */
  readonly interruptOn?: AgentEvent["_tag"]
}

/** A human who follows a script. */
export const scriptedUi = (options: ScriptedUiOptions): Layer.Layer<Ui> =>
  Layer.effect(
    Ui,
    Effect.gen(function*() {
      const inputs = [...options.inputs]
      const answers = [...(options.answers ?? [])]
      const interrupts = yield* Queue.unbounded<void>()
      return Ui.of({
        name: "scripted",
        show: (event) =>
          Effect.gen(function*() {
            options.events?.push(event)
            if (event._tag === options.interruptOn) yield* Queue.offer(interrupts, undefined)
          }),
        approve: (request) =>
          Effect.sync((): ApprovalAnswer => {
            options.requests?.push(request)
            return answers.shift() ?? { _tag: "Cancel" }
          }),
        next: Effect.sync((): UserInput => inputs.shift() ?? { _tag: "Quit" }),
        interrupted: Queue.take(interrupts)
      })
    })
  )
