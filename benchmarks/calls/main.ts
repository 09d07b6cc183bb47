/**
 * What a real model's first answers to a dozen ordinary tasks come to: how many are calls that can run, and the right ones.
 *
 *     npm run bench:calls -- --model FILE [--constrain off] [--example off] [--json] [--out FILE]
 */
import * as Effect from "effect/Effect"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, resolve } from "node:path"
import { parseArgs } from "node:util"
import { askAll, type Kind } from "./Ask.ts"
import { makeProject } from "./Project.ts"
import { type Task, tasks } from "./Tasks.ts"

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    json: { type: "boolean", default: false },
    /** Also writes the JSON, with every answer, to this file. */
    out: { type: "string" },
    /** Asks these tasks instead, one a line; none of their calls is right. */
    tasks: { type: "string" },
    example: { type: "string", default: "auto" },
    constrain: { type: "string", default: "auto" },
    "max-tokens": { type: "string", default: "256" }
  }
})

const kinds: ReadonlyArray<Kind> = ["right", "other", "wrong", "invented", "unreadable", "words"]

const given = (file: string): ReadonlyArray<Task> =>
  readFileSync(file, "utf8").split("\n").filter((line) => line.trim() !== "").map((text) => ({
    text,
    isRight: () => false
  }))

if (values.model === undefined) {
  console.error("Say which model: npm run bench:calls -- --model FILE")
  process.exitCode = 1
} else {
  const root = makeProject()
  const arm = {
    model: resolve(values.model),
    maxTokens: Number(values["max-tokens"]),
    constrain: values.constrain === "auto",
    example: values.example === "auto"
  }
  const asked = values.tasks === undefined ? tasks : given(values.tasks)
  const answers = await Effect.runPromise(askAll(root, arm, asked))
  rmSync(root, { recursive: true, force: true })
  const counts = Object.fromEntries(
    kinds.map((kind) => [kind, answers.filter((answer) => answer.kind === kind).length])
  )
  const result = { model: basename(arm.model), tasks: answers.length, ...counts, answers }
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`)
  if (values.json) console.log(JSON.stringify(result, null, 2))
  else console.table([{ ...result, answers: undefined }])
  process.exit(0)
}
