import * as NodePath from "@effect/platform-node/NodePath"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { runSession } from "../../core/Agent.ts"
import type { Call } from "../../core/domain/Call.ts"
import type { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import type { AgentEvent } from "../../core/domain/Event.ts"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { FeedbackStore } from "../../core/FeedbackStore.ts"
import { LearningSwitch } from "../../core/LearningSwitch.ts"
import { Learner } from "../../core/Learner.ts"
import type { Resume } from "../../core/loop/Resume.ts"
import type { SampleRequest } from "../../core/LoraBackend.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { lessons as lessonOperations } from "../../core/lessons/Layer.ts"
import { loraModel } from "../../core/LoraModel.ts"
import { Permissions } from "../../core/permissions/Permissions.ts"
import type { Rule } from "../../core/permissions/Rule.ts"
import type { Ui, UiError } from "../../core/Ui.ts"
import type { FakeBackendOptions } from "./FakeBackend.ts"
import { fakeBackend, fakeTokenizer } from "./FakeBackend.ts"
import type { FakeToolsOptions } from "./FakeTools.ts"
import { fakeTools, workspaceSaying } from "./FakeTools.ts"
import type { FakeTrainerOptions } from "./FakeTrainer.ts"
import { fakeTrainer } from "./FakeTrainer.ts"
import type { ScriptedUiOptions } from "./ScriptedUi.ts"
import { scriptedUi } from "./ScriptedUi.ts"

export interface Script
  extends
    FakeBackendOptions,
    ScriptedUiOptions,
    FakeTrainerOptions,
    Pick<FakeToolsOptions, "run" | "preview" | "holds" | "needs"> {
  readonly training?: boolean
  /** Who answers, instead of the script. */
  readonly ui?: Layer.Layer<Ui, UiError>
  /** Rules beside the default ones. */
  readonly rules?: ReadonlyArray<Rule>
  readonly saveEvery?: number
  readonly maxTokens?: number
  readonly resume?: Resume
  /** What the project's AGENTS.md says. */
  readonly instructions?: string
}

/** Remembers what was chosen in `chosen`, newest last. */
const fakeSwitch = (chosen: Array<boolean>): Layer.Layer<LearningSwitch> =>
  Layer.succeed(
    LearningSwitch,
    LearningSwitch.of({
      chosen: Effect.sync(() => chosen.at(-1)),
      choose: (on) => Effect.sync(() => void chosen.push(on))
    })
  )

/** Runs a whole session by script over the given ledger and returns everything that happened. */
export const runScript = Effect.fnUntraced(function*<E>(script: Script, store: Layer.Layer<FeedbackStore, E>) {
  const events: Array<AgentEvent> = []
  const requests: Array<ApprovalRequest> = []
  const samples: Array<SampleRequest> = []
  const lessons: Array<Lesson> = []
  const exports: Array<string> = []
  const runs: Array<Call> = []
  const switched: Array<boolean> = []
  const saved: Array<ReadonlyArray<Rule>> = []

  const workspace = workspaceSaying(
    script.instructions === undefined ? [] : [{ file: "/work/AGENTS.md", text: script.instructions }]
  )
  const backend = fakeBackend({ ...script, samples, exports })
  const permissions = Permissions.layer({
    sources: [{ scope: "flag", name: "the script", rules: script.rules ?? [] }],
    home: "/home",
    save: (rules) => Effect.sync(() => void saved.push(rules))
  }).pipe(Layer.provide(workspace), Layer.provide(NodePath.layer))
  const core = Layer.mergeAll(backend, fakeTools({ ...script, runs }), workspace, store, permissions)
  const models = Layer.mergeAll(
    loraModel({ temperature: 0, topP: 1, maxTokens: script.maxTokens ?? 1000 }),
    Learner.layer({
      training: script.training ?? true,
      saveEvery: script.saveEvery ?? 0,
      exportsDirectory: "/state/exports"
    }).pipe(
      (learning) => Layer.provideMerge(lessonOperations(), learning),
      Layer.provide(fakeTrainer({ ...script, lessons }))
    ),
    fakeSwitch(switched)
  )
  const [report, revision] = yield* Effect.all([
    runSession({ seed: 7, ...(script.resume === undefined ? {} : { resume: script.resume }) }),
    LoraBackend.use((service) => service.revision)
  ]).pipe(
    Effect.provide(
      Layer.mergeAll(models, script.ui ?? scriptedUi({ ...script, events, requests })).pipe(Layer.provideMerge(core))
    )
  )
  return {
    report,
    revision,
    events,
    requests,
    samples,
    lessons,
    exports,
    runs,
    switched,
    saved,
    tags: events.map((event) => event._tag).filter((tag) =>
      !["TextDelta", "ThinkingStarted", "ContextUsed", "LearningStage"].includes(tag)
    ),
    /** The text of each prompt the model was sampled from. */
    prompts: samples.map((sample) => fakeTokenizer.decode(sample.promptIds))
  }
})
