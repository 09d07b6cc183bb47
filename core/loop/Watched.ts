import * as Effect from "effect/Effect"
import type { Call } from "../domain/Call.ts"
import { reasonOf } from "../domain/Prospect.ts"
import type { Watched } from "../guard/StepGuard.ts"
import { everydayTasks, type FreshTask } from "../guard/SureCalls.ts"
import { Model } from "../Model.ts"
import { LISTING_LIMIT } from "../prompt/SystemPrompt.ts"
import { ToolSandbox } from "../ToolSandbox.ts"
import { Workspace } from "../Workspace.ts"

/** Tasks in fresh conversations of this project. What does not fit the window is left out. */
const everyday = Effect.gen(function*() {
  const model = yield* Model
  const workspace = yield* Workspace
  return Effect.gen(function*() {
    const { files } = yield* workspace.listing(LISTING_LIMIT)
    const rendered = everydayTasks(files).map((task) =>
      model.promptIds([{ _tag: "User", text: task }]).pipe(
        Effect.map((promptIds): ReadonlyArray<FreshTask> => [{ task, promptIds }]),
        Effect.orElseSucceed((): ReadonlyArray<FreshTask> => [])
      )
    )
    return (yield* Effect.all(rendered)).flat()
  })
})

/** What the guard needs of this project. */
export const watched = Effect.gen(function*() {
  const sandbox = yield* ToolSandbox
  const found: Watched = {
    isRunnable: (call: Call) => sandbox.problem(call) === undefined,
    // What was not read yet can be read first; what is not there can't.
    wouldRun: (call: Call) =>
      Effect.map(
        sandbox.preview(call),
        (prospect) => prospect._tag === "WouldRun" || !/ does not exist/.test(reasonOf(prospect))
      ),
    everyday: yield* everyday
  }
  return found
})
