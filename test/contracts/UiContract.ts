import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import { AgentEvent } from "../../core/domain/Event.ts"
import type { UserInput } from "../../core/domain/UserInput.ts"
import type { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import { Ui, type UiError } from "../../core/Ui.ts"
import { sampleEvents } from "../helpers/SampleEvents.ts"

/** Someone in front of a surface: sees what it shows and uses its keys or lines. */
export interface Human {
  /** Answers the call once it is shown and asked about. A blank correction is tried as it is. */
  readonly answer: (request: ApprovalRequest, answer: ApprovalAnswer) => Effect.Effect<void>
  /** Types when the surface asks for input. */
  readonly input: (input: UserInput) => Effect.Effect<void>
  readonly interrupt: Effect.Effect<void>
  /** Waits until the surface has shown the text. */
  readonly sees: (text: string) => Effect.Effect<void>
  /** Everything the surface has written. */
  readonly written: Effect.Effect<string>
  /** After the scope closed: the surface left its terminal or streams as it found them. */
  readonly restored: Effect.Effect<boolean>
}

export interface UiSubject {
  readonly name: string
  readonly make: () => { readonly layer: Layer.Layer<Ui, UiError>; readonly human: Human }
  /** What the human reads when a blank correction is refused. */
  readonly refusal: string
  /** The answer as it arrives, where the surface adds to what the human meant. */
  readonly arrives?: (answer: ApprovalAnswer) => ApprovalAnswer
}

const request = (id: string): ApprovalRequest => ({
  call: { id, tool: "write", arguments: { path: `${id}.js`, content: "x" } },
  grant: "changing it"
})

const answers: ReadonlyArray<ApprovalAnswer> = [
  { _tag: "Approve" },
  { _tag: "Always", saved: false },
  { _tag: "Always", saved: true },
  { _tag: "Deny", correction: "use edit_lines; don't overwrite" },
  { _tag: "Edit", arguments: { path: "other.js", content: "y" } },
  { _tag: "Note", text: "tests run with node --test" },
  { _tag: "Cancel" },
  { _tag: "Quit" }
]

const inputs: ReadonlyArray<UserInput> = [
  { _tag: "Task", text: "fix the test" },
  { _tag: "Note", text: "no new dependencies" },
  { _tag: "ShowMetrics" },
  { _tag: "Why" },
  { _tag: "Why", number: 2 },
  { _tag: "ShowLessons" },
  { _tag: "ShowLesson", id: "0a1b" },
  { _tag: "UndoLesson" },
  { _tag: "UndoLesson", id: "0a1b" },
  { _tag: "ForgetLesson", id: "0a1b" },
  { _tag: "Learn" },
  { _tag: "Learn", on: true },
  { _tag: "Learn", on: false },
  { _tag: "Correct", correction: "use grep" },
  { _tag: "ShowPermissions" },
  { _tag: "TestPermission", kind: "run", what: "git push" },
  { _tag: "TestPermission", kind: "write", what: ".env" },
  { _tag: "AddPermission", effect: "allow", kind: "net", saved: false },
  { _tag: "AddPermission", effect: "allow", kind: "run", pattern: "npm test *", saved: true },
  { _tag: "AddPermission", effect: "deny", kind: "write", pattern: "dist", saved: false },
  { _tag: "RevokePermission", number: 4 },
  { _tag: "UndoChange" },
  { _tag: "ShowSessions" },
  { _tag: "Help" },
  { _tag: "Clear" },
  { _tag: "Quit" }
]

/** The protocol that every user interface keeps. */
export const uiContract = (subject: UiSubject): void => {
  const test = (name: string, body: (ui: Ui["Service"], human: Human) => Effect.Effect<void, UiError, Scope.Scope>) =>
    it.live(name, () => {
      const { human, layer } = subject.make()
      return Effect.scoped(
        Effect.gen(function*() {
          const ui = yield* Ui
          yield* body(ui, human)
        }).pipe(Effect.provide(layer))
      )
    })

  describe(`Ui contract: ${subject.name}`, () => {
    it("is asked to show every kind of event", () => {
      const known = AgentEvent.members.map((member) => member.fields._tag.ast.literal)
      assert.sameMembers(sampleEvents.map(({ _tag }) => _tag), known)
    })

    test(
      "shows every event",
      Effect.fnUntraced(function*(ui, human) {
        for (const event of sampleEvents) yield* ui.show(event)
        const shown = [
          "fix the test",
          "use edit_lines",
          "The test passes.",
          "the model could not answer",
          "fix the card",
          "fix the probe",
          "use the listed tool",
          "use the undone tool"
        ]
        for (const text of shown) yield* human.sees(text)
      })
    )

    test(
      "every answer arrives as it was meant",
      Effect.fnUntraced(function*(ui, human) {
        for (const [index, answer] of answers.entries()) {
          const asked = request(`call-${index}`)
          const waiting = yield* Effect.forkChild(ui.approve(asked), { startImmediately: true })
          yield* human.answer(asked, answer)
          assert.deepStrictEqual(yield* Fiber.join(waiting), subject.arrives?.(answer) ?? answer)
        }
      })
    )

    test(
      "a call that was edited is shown as edited, and approved as that",
      Effect.fnUntraced(function*(ui, human) {
        const edited = { tool: "write", arguments: { path: "edited.js", content: "y" } }
        const asked: ApprovalRequest = {
          ...request("reviewed"),
          edited,
          preview: { _tag: "Diff", path: "edited.js", diff: "+the new line\n" }
        }
        const waiting = yield* Effect.forkChild(ui.approve(asked), { startImmediately: true })
        yield* human.sees("edited.js")
        yield* human.sees("+the new line")
        yield* human.answer({ call: { id: "reviewed", ...edited } }, { _tag: "Approve" })
        assert.deepStrictEqual(yield* Fiber.join(waiting), { _tag: "Approve" })
      })
    )

    test(
      "every input arrives as it was meant",
      Effect.fnUntraced(function*(ui, human) {
        for (const input of inputs) {
          const waiting = yield* Effect.forkChild(ui.next, { startImmediately: true })
          yield* human.input(input)
          assert.deepStrictEqual(yield* Fiber.join(waiting), input)
        }
      })
    )

    test(
      "a blank correction is refused by the surface; the call goes on waiting",
      Effect.fnUntraced(function*(ui, human) {
        const asked = request("blank")
        const waiting = yield* Effect.forkChild(ui.approve(asked), { startImmediately: true })
        yield* human.answer(asked, { _tag: "Deny", correction: "  " })
        yield* human.sees(subject.refusal)
        assert.isUndefined(waiting.pollUnsafe())
        yield* human.answer(asked, { _tag: "Deny", correction: "read it first" })
        assert.deepStrictEqual(yield* Fiber.join(waiting), { _tag: "Deny", correction: "read it first" })
      })
    )

    test(
      "after a note the same call is asked again and can be answered",
      Effect.fnUntraced(function*(ui, human) {
        const asked = request("noted")
        const first = yield* Effect.forkChild(ui.approve(asked), { startImmediately: true })
        yield* human.answer(asked, { _tag: "Note", text: "look at the tests" })
        assert.deepStrictEqual(yield* Fiber.join(first), { _tag: "Note", text: "look at the tests" })
        yield* ui.show({ _tag: "NoteAdded", text: "look at the tests" })
        const second = yield* Effect.forkChild(ui.approve(asked), { startImmediately: true })
        yield* human.answer(asked, { _tag: "Approve" })
        assert.deepStrictEqual(yield* Fiber.join(second), { _tag: "Approve" })
      })
    )

    test(
      "a withdrawn question is not answered, nor does its answer reach the next",
      Effect.fnUntraced(function*(ui, human) {
        const withdrawn = yield* Effect.forkChild(ui.approve(request("withdrawn")), { startImmediately: true })
        yield* human.sees("withdrawn.js")
        yield* Fiber.interrupt(withdrawn)
        const asked = request("next")
        const waiting = yield* Effect.forkChild(ui.approve(asked), { startImmediately: true })
        assert.isUndefined(waiting.pollUnsafe())
        yield* human.answer(asked, { _tag: "Deny", correction: "the second" })
        assert.deepStrictEqual(yield* Fiber.join(waiting), { _tag: "Deny", correction: "the second" })
      })
    )

    test(
      "each interrupt fires for those who listen, and is over afterwards",
      Effect.fnUntraced(function*(ui, human) {
        for (let round = 0; round < 3; round++) {
          const listening = yield* Effect.forkChild(ui.interrupted, { startImmediately: true })
          yield* Effect.yieldNow
          assert.isUndefined(listening.pollUnsafe())
          yield* human.interrupt
          yield* Fiber.join(listening)
          yield* ui.show({ _tag: "TurnCancelled", reason: "stopped" })
        }
      })
    )

    it.live("closing the scope leaves terminal and streams as they were", () => {
      const { human, layer } = subject.make()
      return Effect.gen(function*() {
        const scope = yield* Scope.make()
        yield* Layer.build(layer).pipe(Scope.provide(scope))
        assert.isFalse(yield* human.restored)
        yield* Scope.close(scope, Exit.void)
        assert.isTrue(yield* human.restored)
      })
    })
  })
}
