import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { BackendError, LoraBackend, SampledToken } from "../LoraBackend.ts"
import { baseWeights } from "../Weights.ts"
import { callOf, said } from "../Turn.ts"
import type { IsRunnable } from "./Canary.ts"

/** A task in a fresh conversation of this project, as the model would be asked. */
export interface FreshTask {
  readonly task: string
  readonly promptIds: ReadonlyArray<number>
}

/** Each token of a call that the base model is sure of is at least so likely. */
const SURE = 0.6
/** The rest of a turn is not worth waiting for once one token is less likely. */
const isUnsure = ({ logProb }: SampledToken): boolean => logProb < Math.log(SURE)
/** Longest call, tokens. */
const LONGEST = 96

/** Everyday tasks in a project with these files, of different kinds first. */
export const everydayTasks = (files: ReadonlyArray<string>): ReadonlyArray<string> => {
  const named = files.filter((file) => /\.\w+$/.test(file)).slice(0, 2)
  return [
    ...named.slice(0, 1).map((file) => `show ${file}`),
    "run the tests",
    "push my changes",
    "install zod",
    ...named.slice(0, 1).map((file) => `delete ${file}`),
    "commit my work",
    ...named.slice(1).map((file) => `show ${file}`)
  ]
}

/**
 * Calls that the base model is sure of, as if they had been approved: what a step is judged by while the human has approved
 * none. At most `count`, in the order of the tasks.
 */
export const sureCalls = Effect.fn("sureCalls")(function*(
  backend: LoraBackend["Service"],
  tasks: ReadonlyArray<FreshTask>,
  isRunnable: IsRunnable,
  count: number,
  /** What is known of tasks that were asked before; grows. */
  answers: Map<string, ApprovedTurn | undefined> = new Map()
): Effect.fn.Return<ReadonlyArray<ApprovedTurn>, BackendError> {
  const { info } = backend
  const sureOf = Effect.fnUntraced(function*({ promptIds, task }: FreshTask) {
    const tokens = yield* backend.sample({
      promptIds,
      maxTokens: Math.min(LONGEST, info.contextLength - promptIds.length),
      temperature: 0,
      topP: 1,
      seed: 0,
      weights: baseWeights
    }).pipe(Stream.takeUntil(isUnsure), Stream.runCollect)
    if (tokens.some(isUnsure)) return undefined
    const ids = tokens.map(({ id }) => id)
    const logProbs = tokens.map(({ logProb }) => logProb)
    const text = backend.tokenizer.decode(ids)
    const made = callOf(said(text))
    if (made === undefined) return undefined
    const id = `sure ${task}`
    const call = { id, tool: made.tool, arguments: made.arguments }
    if (!isRunnable(call)) return undefined
    const sure: ApprovedTurn = {
      id,
      at: 0,
      sessionId: "",
      task,
      call,
      attempt: { text, promptIds, ids, logProbs },
      modelIdentity: info.modelIdentity,
      adapterRevision: 0
    }
    return sure
  })
  const ask = Effect.fnUntraced(function*(fresh: FreshTask) {
    const key = `${fresh.task}\n${fresh.promptIds.join()}`
    if (!answers.has(key)) answers.set(key, yield* sureOf(fresh))
    return answers.get(key)
  })
  // Where each is a wait for a distant machine, all are asked at once; else no more than are needed.
  const found: Array<ApprovedTurn> = []
  const step = info.capabilities.overlaps === true ? tasks.length : 1
  for (let at = 0; at < tasks.length && found.length < count; at += step) {
    const answers = yield* Effect.forEach(tasks.slice(at, at + step), ask, { concurrency: "unbounded" })
    found.push(...answers.filter((answer) => answer !== undefined))
  }
  return found.slice(0, count)
})
