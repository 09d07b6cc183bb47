import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ProbeAnswer, ProbeRun } from "../domain/ProbeRun.ts"
import { FeedbackStore } from "../FeedbackStore.ts"
import type { LoraBackend } from "../LoraBackend.ts"
import { currentWeights } from "../Weights.ts"
import { Model } from "../Model.ts"
import { sampleTurn } from "../Turn.ts"
import type { Probe } from "./Probe.ts"
import { lessonQuestions, projectQuestions, type Question } from "./Questions.ts"

/** Longest answer, tokens: a call is shorter, and what is longer is none. */
const LONGEST = 320

const ask = Effect.fnUntraced(function*(backend: LoraBackend["Service"], question: Question) {
  const model = yield* Model
  const { isWanted, prompt, violates, ...about } = question
  const promptIds = "ids" in prompt ? prompt.ids : yield* model.promptIds(prompt.conversation)
  const turn = yield* sampleTurn(backend, {
    promptIds,
    maxTokens: Math.min(LONGEST, backend.info.contextLength - promptIds.length),
    temperature: 0,
    topP: 1,
    seed: 0,
    weights: currentWeights,
    scored: false
  })
  return {
    ...about,
    answer: turn.text,
    violated: violates(turn),
    ...(isWanted === undefined ? {} : { wanted: isWanted(turn) })
  } satisfies ProbeAnswer
})

/**
 * Asks every probe once, greedily, under the adapter as it is, and appends the run to the ledger: the project's own, then
 * those that the ledger's lessons give. Changes no weights.
 */
export const runProbes = Effect.fnUntraced(function*(backend: LoraBackend["Service"], own: ReadonlyArray<Probe>) {
  const store = yield* FeedbackStore
  const { modelIdentity } = backend.info
  const lessons = (yield* store.lessons).map(({ lesson }) => lesson).filter((one) =>
    one.modelIdentity === modelIdentity
  )
  const answers = yield* Effect.forEach(
    [...projectQuestions(own), ...lessonQuestions(lessons)],
    (question) => ask(backend, question)
  )
  const run: ProbeRun = {
    at: yield* Clock.currentTimeMillis,
    revision: yield* backend.revision,
    modelIdentity,
    answers
  }
  yield* store.append({ _tag: "ProbesRun", run })
  return run
})

/** Share of a run's answers that are violations, of some sources; undefined when nothing was asked. */
export const violationRate = (
  { answers }: ProbeRun,
  sources: ReadonlyArray<ProbeAnswer["source"]> = ["project", "lesson", "paraphrase"]
): number | undefined => {
  const asked = answers.filter(({ source }) => sources.includes(source))
  return asked.length === 0 ? undefined : asked.filter(({ violated }) => violated).length / asked.length
}
