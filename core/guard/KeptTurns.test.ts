import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { Call } from "../domain/Call.ts"
import { callKind } from "../evidence/CallKind.ts"
import { sameCall } from "../Turn.ts"
import { LoraBackend } from "../LoraBackend.ts"
import { toolCallText } from "../prompt/ToolCallText.ts"
import { fakeBackend } from "../../test/helpers/FakeBackend.ts"
import { call, lesson, skipped, stepped } from "../../test/helpers/Lessons.ts"
import type { LearnedLesson } from "../evidence/LessonCard.ts"
import { approvedTurnsFor, keptTurns } from "./KeptTurns.ts"

const shell = (command: string) => call("bash", { command })

const attemptFor = (at: number, { arguments: args, tool }: Call) => ({
  text: toolCallText(tool, args),
  promptIds: [at],
  ids: [at, 1],
  logProbs: [-0.1, 0]
})

/** Approved at a moment, which is also its prompt. */
const approved = (at: number, made: Call): ApprovedTurn => ({
  id: `approved-${at}`,
  at,
  sessionId: "s",
  task: "t",
  call: made,
  attempt: attemptFor(at, made),
  modelIdentity: "model-a",
  adapterRevision: 0
})

/** Denied at a moment, which is also its prompt, and learned with the call that came of it. */
const taught = (at: number, denied: Call, wanted: Call): LearnedLesson => {
  const outcome = stepped(`l${at}`, at)
  if (outcome._tag !== "Stepped") throw new Error("no step")
  const evidence = {
    ...outcome.step.evidence,
    greedyAfter: toolCallText(wanted.tool, wanted.arguments),
    asCorrected: true
  }
  return {
    lesson: lesson(`l${at}`, { at, call: denied, attempt: attemptFor(at, denied) }),
    outcome: { ...outcome, step: { ...outcome.step, evidence } }
  }
}

const kept = (turns: ReadonlyArray<ApprovedTurn>, lessons: ReadonlyArray<LearnedLesson>, count = 8) =>
  Effect.gen(function*() {
    const real = yield* LoraBackend
    const backend = { ...real, info: { ...real.info, modelIdentity: "model-a" } }
    return keptTurns(backend, lesson("now", { at: 100 }), turns, lessons, count).map(({ promptIds }) => promptIds[0])
  }).pipe(Effect.provide(fakeBackend({ script: [] })))

describe("what a lesson should leave as it is", () => {
  it.effect("is what was approved before it and what the model did untold after a lesson, newest first", () =>
    Effect.gen(function*() {
      const lessons = [taught(20, shell("npm test"), shell("npx vitest")), {
        lesson: lesson("s", { at: 30 }),
        outcome: skipped
      }]
      const turns = [approved(10, shell("ls")), approved(40, shell("git status")), approved(101, shell("pwd"))]
      assert.deepStrictEqual(yield* kept(turns, lessons), [40, 20, 10])
      assert.deepStrictEqual(yield* kept(turns, lessons, 0), [])
    }))

  it.effect("leaves out approved calls of a kind that was denied since, not those of another kind or approved after", () =>
    Effect.gen(function*() {
      const turns = [
        approved(1, shell("npm install zod")),
        approved(2, shell("npm test")),
        approved(3, call("write", { path: "a", content: "" })),
        approved(60, shell("npm install ink"))
      ]
      const lessons = [taught(50, shell("npm install left-pad"), shell("pnpm add left-pad"))]
      assert.deepStrictEqual(yield* kept(turns, lessons), [60, 50, 3, 2])
    }))

  it.effect("leaves out what a later lesson took back: the very call, or the other way round", () =>
    Effect.gen(function*() {
      const pnpm = taught(10, shell("npm install zod"), shell("pnpm add zod"))
      const other = taught(20, shell("rm a"), shell("trash a"))
      assert.deepStrictEqual(yield* kept([], [pnpm, other]), [20, 10])
      const back = taught(30, shell("pnpm add ink"), shell("npm install ink"))
      assert.deepStrictEqual(yield* kept([], [pnpm, other, back]), [30, 20])
      const denied = { lesson: lesson("d", { at: 30, call: shell("trash a") }), outcome: skipped }
      assert.deepStrictEqual(yield* kept([], [pnpm, other, denied]), [10])
    }))

  it.effect("many approved calls do not push out what was taught, nor the other way round", () =>
    Effect.gen(function*() {
      const lessons = Array.from({ length: 9 }, (_, i) => taught(1 + i, shell(`old${i} x`), shell(`new${i} x`)))
      const turns = Array.from({ length: 30 }, (_, i) => approved(50 + i, shell(`ls ${i}`)))
      assert.deepStrictEqual(yield* kept(turns, lessons), [79, 78, 9, 8, 7, 6, 5, 4])
      assert.deepStrictEqual(yield* kept(turns, lessons.slice(0, 1), 4), [79, 78, 77, 1])
      assert.deepStrictEqual(yield* kept(turns.slice(0, 1), lessons, 4), [50, 9, 8, 7])
      assert.isAtLeast(approvedTurnsFor(8), 8)
    }))

  const Command = Schema.Literals(["npm install a", "npm install b", "pnpm add a", "pnpm add b", "ls a", "rm a"])
  const Moment = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 99 }))
  it.effect.prop("is what comparing each with every other one gives", {
    said: Schema.Array(Schema.Struct({ at: Moment, denied: Command, wanted: Command })),
    done: Schema.Array(Schema.Struct({ at: Moment, command: Command })),
    count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
  }, ({ count, done, said }) =>
    Effect.gen(function*() {
      const at = (made: { readonly at: number }) => made.at
      const newest = (all: ReadonlyArray<number>) => all.toSorted((a, b) => b - a)
      const stays = newest(
        said.filter((one) =>
          !said.some((other) =>
            other.at > one.at && (sameCall(shell(one.wanted), shell(other.denied))
              || callKind(shell(one.wanted)) === callKind(shell(other.denied))
                && callKind(shell(one.denied)) === callKind(shell(other.wanted)))
          )
        ).map(at)
      )
      const looked = done.toSorted((a, b) => b.at - a.at).slice(0, approvedTurnsFor(count))
      const approvals = looked.filter((one) =>
        !said.some((other) => other.at >= one.at && callKind(shell(other.denied)) === callKind(shell(one.command)))
      ).map(at)
      const chosen = stays.slice(0, Math.max(count - approvals.length, Math.ceil(count * 3 / 4)))
      assert.deepStrictEqual(
        yield* kept(
          done.map((one) => approved(one.at, shell(one.command))),
          said.map((one) => taught(one.at, shell(one.denied), shell(one.wanted))),
          count
        ),
        newest([...chosen, ...approvals.slice(0, count - chosen.length)])
      )
    }))
})
