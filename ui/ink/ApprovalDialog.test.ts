import { assert, describe, it } from "@effect/vitest"
import type { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import {
  type ApprovalDialog,
  type DialogOutcome,
  editorClosed,
  editorFailed,
  openDialog,
  parseEdit,
  pasteText,
  pressKey
} from "./ApprovalDialog.ts"
import { type KeyPress, keyPresses, type ProposalAction, proposalKeys } from "./Keys.ts"

const options = { editor: false, page: { rows: 5, total: 20 } }
const write = { id: "1", tool: "write", arguments: { path: "a.js", content: "x" } }
const bash = { id: "2", tool: "bash", arguments: { command: "node --test", timeout: 5 } }
const open = (call: typeof write | typeof bash, suggestion?: string) =>
  openDialog(suggestion === undefined ? { call } : { call, suggestion }, false, undefined)

const enter: KeyPress = { name: "enter" }
const escape: KeyPress = { name: "escape" }
const typed = (text: string) => keyPresses(text, {})

/** Presses keys until one answers; the rest must not matter. */
const run = (start: ApprovalDialog, keys: ReadonlyArray<KeyPress>, given: Parameters<typeof pressKey>[2] = options) => {
  let dialog = start
  for (const key of keys) {
    const outcome: DialogOutcome = pressKey(dialog, key, given)
    if (outcome._tag !== "Stay") return outcome
    dialog = outcome.dialog
  }
  return { _tag: "Stay", dialog } as const
}
const stays = (outcome: DialogOutcome): ApprovalDialog => {
  assert.strictEqual(outcome._tag, "Stay")
  return outcome._tag === "Stay" ? outcome.dialog : assert.fail("answered")
}
const answers = (outcome: DialogOutcome, answer: ApprovalAnswer) =>
  assert.deepStrictEqual(outcome, { _tag: "Answer", answer })

describe("a proposed call", () => {
  it("every key of the table does what the table says", () => {
    const effects: Record<ProposalAction, (outcome: DialogOutcome) => void> = {
      approve: (outcome) => answers(outcome, { _tag: "Approve" }),
      always: (outcome) => answers(outcome, { _tag: "Always", saved: false }),
      save: (outcome) => answers(outcome, { _tag: "Always", saved: true }),
      quit: (outcome) => answers(outcome, { _tag: "Quit" }),
      cancel: (outcome) => answers(outcome, { _tag: "Cancel" }),
      correct: (outcome) => assert.strictEqual(stays(outcome).stage, "correction"),
      edit: (outcome) => assert.strictEqual(stays(outcome).stage, "edit"),
      note: (outcome) => assert.strictEqual(stays(outcome).stage, "note")
    }
    for (const { action, key } of proposalKeys) {
      effects[action](
        run(
          openDialog({ call: write, grant: "changing a.js" }, false, undefined),
          key === "Esc" ? [escape] : typed(key)
        )
      )
    }
  })

  it("offers no rule that could not be shown in full", () => {
    for (const key of ["a", "A"]) {
      assert.match(stays(run(open(write), typed(key))).message ?? "", /could be shown in full: press y/)
    }
  })

  it("no other key answers: Enter, space, capitals, digits and pastes", () => {
    for (const key of ["\r", " ", "Y", "N", "1", "\t"]) {
      assert.strictEqual(stays(run(open(write), typed(key))).message, "press y, n, e, f, q, Esc")
    }
    assert.strictEqual(stays(pasteText(open(write), "yes")).stage, "choose")
  })

  it("Ctrl-C cancels from anywhere", () => {
    answers(run(open(write), [{ name: "ctrl-c" }]), { _tag: "Cancel" })
    answers(run(open(write), [...typed("nno"), { name: "ctrl-c" }]), { _tag: "Cancel" })
  })

  it("a denial carries its correction, trimmed", () => {
    answers(run(open(write), typed("n use edit_lines \r")), { _tag: "Deny", correction: "use edit_lines" })
  })

  it("a denial without text is refused with a message and goes on", () => {
    const refused = stays(run(open(write), typed("n  \r")))
    assert.strictEqual(refused.stage, "correction")
    assert.match(refused.message ?? "", /^a denial needs a correction/)
    answers(run(refused, typed("no\r")), { _tag: "Deny", correction: "no" })
  })

  it("Esc goes back and keeps what was typed", () => {
    const back = stays(run(open(write), [...typed("nuse grep"), escape]))
    assert.strictEqual(back.stage, "choose")
    answers(run(back, [...typed("n"), enter]), { _tag: "Deny", correction: "use grep" })
  })

  it("a suggestion is taken with Tab only", () => {
    answers(run(open(write, "read it first"), typed("n\t\r")), { _tag: "Deny", correction: "read it first" })
    assert.strictEqual(stays(run(open(write, "read it first"), typed("n\r"))).stage, "correction")
  })

  it("a note answers with its text, and the next dialog of the call keeps the other drafts", () => {
    const drafted = stays(run(open(write), [...typed("nhalf"), escape]))
    answers(run(drafted, typed("ftests first\t")), { _tag: "Note", text: "tests first" })
    assert.deepStrictEqual(run(drafted, typed("ftests first\r")), {
      _tag: "Answer",
      answer: { _tag: "Note", text: "tests first" },
      approves: true
    })
    const again = openDialog({ call: write }, false, drafted)
    assert.strictEqual(again.fields.correction.value, "half")
    assert.strictEqual(openDialog({ call: bash }, false, drafted).fields.correction.value, "")
    assert.strictEqual(stays(run(open(write), typed("f\r"))).stage, "note")
  })

  it("shows why an earlier answer was not taken", () => {
    const request = { call: write, problem: "path is missing" }
    assert.strictEqual(openDialog(request, false, undefined).message, "path is missing")
  })

  it("pastes into a field whole, line breaks too", () => {
    const pasted = pasteText(stays(run(open(write), typed("n"))), "one\r\ntwo")
    answers(run(stays(pasted), [enter]), { _tag: "Deny", correction: "one\ntwo" })
  })

  it("scrolls within the body", () => {
    const at = (keys: ReadonlyArray<KeyPress>) => stays(run(open(write), keys)).scroll
    assert.strictEqual(at([{ name: "up" }]), 0)
    assert.strictEqual(at([{ name: "down" }]), 1)
    assert.strictEqual(at([{ name: "pageDown" }]), 4)
    assert.strictEqual(at([{ name: "end" }, { name: "pageDown" }]), 15)
    assert.strictEqual(at([{ name: "end" }, { name: "home" }]), 0)
  })
})

describe("an edited call that is shown", () => {
  const edited = { tool: "write", arguments: { path: "b.js", content: "x" } }
  const earlier = stays(run(open(write), [{ name: "down" }, ...typed("e")]))
  const review = openDialog({ call: write, edited }, false, earlier)

  it("opens on its keys, scrolled to its start, and runs with y alone", () => {
    assert.deepStrictEqual([review.stage, review.scroll, review.message], ["choose", 0, undefined])
    answers(run(review, typed("y")), { _tag: "Approve" })
    for (const key of ["\r", " ", "a", "A"]) assert.strictEqual(stays(run(review, typed(key))).stage, "choose")
  })

  it("is dropped with Esc: the call as proposed is asked for again; Ctrl-C drops the turn", () => {
    answers(run(review, [escape]), { _tag: "Edit", arguments: write.arguments, review: true })
    answers(run(review, [{ name: "ctrl-c" }]), { _tag: "Cancel" })
  })

  it("is edited further from what is shown", () => {
    const again = stays(run({ ...review, fields: open(write).fields }, typed("e")))
    assert.strictEqual(again.fields.edit.value, JSON.stringify(edited.arguments))
    assert.match(stays(run(again, [enter])).message ?? "", /nothing was changed/)
    const changed: ReadonlyArray<KeyPress> = [
      { name: "edit", edit: "deleteToStart" },
      ...typed("{\"path\":\"c.js\"}\r")
    ]
    answers(run(again, changed), { _tag: "Edit", arguments: { path: "c.js" }, review: true })
  })

  it("keeps its place when only a comment was added", () => {
    const scrolled = { ...review, scroll: 3 }
    assert.strictEqual(openDialog({ call: write, edited }, false, scrolled).scroll, 3)
  })

  it("is denied as the call that was proposed", () => {
    answers(run(review, typed("nuse edit\r")), { _tag: "Deny", correction: "use edit" })
  })
})

describe("editing arguments", () => {
  it("a command is edited as one line, other arguments kept", () => {
    const edited = run(open(bash), [...typed("e"), ...typed(" a.test.js\r")])
    answers(edited, { _tag: "Edit", arguments: { command: "node --test a.test.js", timeout: 5 }, review: true })
  })

  it("others as JSON; what does not parse stays with a message", () => {
    const broken = stays(run(open(write), [...typed("e"), { name: "edit", edit: "backspace" }, enter]))
    assert.match(broken.message ?? "", /^not valid JSON.*: correct it, or press Esc to go back$/)
    assert.strictEqual(broken.fields.edit.value, "{\"path\":\"a.js\",\"content\":\"x\"")
    const clear: KeyPress = { name: "edit", edit: "deleteToStart" }
    answers(run(broken, [clear, ...typed("{\"path\":\"b.js\"}\r")]), {
      _tag: "Edit",
      arguments: { path: "b.js" },
      review: true
    })
  })

  it("only an object that differs is an edit", () => {
    assert.match(JSON.stringify(parseEdit(write.arguments, "[1]")), /must be a JSON object/)
    assert.match(JSON.stringify(parseEdit(write.arguments, "null")), /must be a JSON object/)
    assert.match(JSON.stringify(parseEdit(write.arguments, JSON.stringify(write.arguments))), /nothing was changed/)
    assert.match(JSON.stringify(parseEdit(bash.arguments, " ")), /empty command/)
  })

  it("opens the external editor for JSON, not for a command, and survives what it leaves", () => {
    const external = { ...options, editor: true }
    const opened = run(open(write), typed("e"), external)
    assert.strictEqual(opened._tag, "OpenEditor")
    assert.strictEqual(opened._tag === "OpenEditor" && opened.text, JSON.stringify(write.arguments, null, 2))
    assert.strictEqual(stays(run(open(bash), typed("e"), external)).stage, "edit")

    const broken = stays(editorClosed(open(write), "{\"path\":"))
    assert.match(broken.message ?? "", /^not valid JSON.*: press e to correct it$/)
    const again = run(broken, typed("e"), external)
    assert.strictEqual(again._tag === "OpenEditor" && again.text, "{\"path\":")
    answers(editorClosed(open(write), "{\"path\": \"b.js\"}\n"), {
      _tag: "Edit",
      arguments: { path: "b.js" },
      review: true
    })
    assert.match(stays(editorClosed(open(write), JSON.stringify(write.arguments))).message ?? "", /nothing was changed/)

    const failed = stays(editorFailed(open(write), "the editor vi ended with 1. Edit it here instead"))
    assert.strictEqual(failed.message, "the editor vi ended with 1. Edit it here instead")
    assert.strictEqual(failed.stage, "edit")
    assert.strictEqual(failed.fields.edit.value, JSON.stringify(write.arguments))
  })
})
