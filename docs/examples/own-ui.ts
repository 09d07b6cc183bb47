import { defineAgent, Ui } from "continualcode"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Runs the one task of `-p`, approves reading, denies everything else with the same words, and prints what happens. */
const reviewer = (prompt: string | undefined) =>
  Layer.sync(Ui, () => {
    const tasks = prompt === undefined ? [] : [prompt]
    return Ui.of({
      name: "reviewer",
      show: (event) => Effect.sync(() => void process.stdout.write(`${event._tag}\n`)),
      approve: ({ call }) =>
        Effect.succeed(
          ["read", "glob", "grep"].includes(call.tool)
            ? { _tag: "Approve" }
            : { _tag: "Deny", correction: "only look, don't change anything" }
        ),
      next: Effect.sync(() => {
        const text = tasks.shift()
        return text === undefined ? { _tag: "Quit" } : { _tag: "Task", text }
      }),
      interrupted: Effect.never
    })
  })

export default defineAgent({ ui: ({ prompt }) => reviewer(prompt) })
