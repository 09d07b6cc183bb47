import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { AgentEvent } from "../../core/domain/Event.ts"
import { sampleLesson, sessionStarted } from "../../test/helpers/SampleEvents.ts"
import { plain, width } from "../text/Line.ts"
import { type KeyPress, keyPresses } from "./Keys.ts"
import { type Command, emptyScreen, type Screen } from "./Screen.ts"
import { edits, emptyField, fieldOf, insert } from "./TextField.ts"
import { update } from "./Update.ts"
import { view } from "./View.ts"

const call = (id: string) => ({ id, tool: "write", arguments: { path: `${id}.js`, content: "a\nb" } })
const SETTLE = 400
const options = { editor: false, page: { rows: 3, total: 3 } }

const still = { at: 0, spinner: "|" }

/** A screen with a clock, driven like the store drives it. */
const driver = () => {
  let screen = emptyScreen
  let now = 0
  const commands: Array<Command> = []
  const act = (action: Parameters<typeof update>[1]) => {
    const next = update(screen, action)
    screen = next.screen
    if (next.command !== undefined) commands.push(next.command)
  }
  return {
    screen: () => screen,
    commands,
    rest: (millis: number) => void (now += millis),
    type: (text: string) => {
      for (const press of keyPresses(text, {})) act({ _tag: "Pressed", press, at: now, settle: SETTLE, options })
    },
    /** What one read brings: a paste, from a terminal that does not mark it. */
    burst: (text: string) => {
      for (const press of keyPresses(text, {})) {
        act({ _tag: "Pressed", press, together: true, at: now, settle: SETTLE, options })
      }
    },
    press: (press: KeyPress, page: { readonly rows: number; readonly total: number }) =>
      act({ _tag: "Pressed", press, at: now, settle: SETTLE, options: { editor: false, page } }),
    escape: () => act({ _tag: "Pressed", press: { name: "escape" }, at: now, settle: SETTLE, options }),
    paste: (text: string) => act({ _tag: "Pasted", text, at: now }),
    prompt: () => act({ _tag: "PromptOpened" }),
    propose: (id: string) => act({ _tag: "ApprovalOpened", request: { call: call(id) }, at: now, settle: SETTLE }),
    event: (event: AgentEvent, columns?: number) =>
      act({ _tag: "Event", event, at: now, ...(columns === undefined ? {} : { columns }) }),
    files: (files: ReadonlyArray<string>) => act({ _tag: "FilesListed", files }),
    now: () => now
  }
}

describe("typing before a call appears", () => {
  it("does not answer it: Enter, y and the rest go to the prompt", () => {
    const it = driver()
    it.type("also fix ")
    it.rest(100)
    it.propose("a")
    it.rest(50)
    it.type("my y\r")
    assert.deepStrictEqual(it.commands, [])
    assert.strictEqual(it.screen().prompt.value, "also fix my y")
    it.rest(SETTLE)
    it.type("\ty")
    assert.deepStrictEqual(it.commands, [{ _tag: "Answer", answer: { _tag: "Approve" } }])
    assert.strictEqual(it.screen().prompt.value, "also fix my y")
  })

  it("never answers it, however slowly: a text under way goes on until Tab", () => {
    const it = driver()
    it.type("also check m")
    it.rest(700)
    it.propose("a")
    for (const letter of "y tests") {
      it.rest(700)
      it.type(letter)
    }
    assert.deepStrictEqual(it.commands, [])
    assert.strictEqual(it.screen().prompt.value, "also check my tests")
    const shown = view(it.screen(), { rows: 24, columns: 80 }, still).lines.map(plain)
    assert.isTrue(shown.includes("> also check my tests"), "the text stays in sight")
    assert.isTrue(shown.some((line) => line.includes("Tab goes to the call")))
    it.type("\tn")
    assert.strictEqual(it.screen().dialog?.stage, "correction")
  })

  it("and a call takes no key in the moment in which it appears", () => {
    const it = driver()
    it.rest(10_000)
    it.propose("a")
    it.rest(SETTLE - 1)
    it.type("y")
    assert.deepStrictEqual(it.commands, [])
  })

  it("a paste that the terminal does not mark answers nothing, nor does a letter right behind it", () => {
    const it = driver()
    it.propose("a")
    it.rest(SETTLE)
    it.burst("yes\rn\r")
    it.type("y")
    assert.deepStrictEqual(it.commands, [])
    assert.strictEqual(it.screen().dialog?.stage, "choose")
    assert.strictEqual(it.screen().prompt.value, "yesny", "and is not lost")
  })

  it("a second y pressed too soon does not approve the next call", () => {
    const it = driver()
    it.rest(10_000)
    it.propose("a")
    it.rest(SETTLE)
    it.type("y")
    it.propose("b")
    it.rest(100)
    it.type("y")
    assert.strictEqual(it.commands.length, 1)
    assert.strictEqual(it.screen().dialog?.request.call.id, "b")
  })

  it("Esc and Ctrl-C cancel at once, and the same call asked again takes keys at once", () => {
    const it = driver()
    it.type("x")
    it.propose("a")
    it.escape()
    assert.deepStrictEqual(it.commands, [{ _tag: "Answer", answer: { _tag: "Cancel" } }])
    it.propose("b")
    it.rest(SETTLE)
    it.type("\tfnote\t")
    it.propose("b")
    it.type("y")
    assert.deepStrictEqual(it.commands.slice(1), [
      { _tag: "Answer", answer: { _tag: "Note", text: "note" } },
      { _tag: "Answer", answer: { _tag: "Approve" } }
    ])
  })
})

describe("a comment", () => {
  it("sent with Enter approves the same call once it is asked again, and only that; Tab leaves it waiting", () => {
    const it = driver()
    it.propose("a")
    it.rest(SETTLE)
    it.type("fgood, but add a test\r")
    it.propose("a")
    const note = { _tag: "Answer", answer: { _tag: "Note", text: "good, but add a test" } } as const
    assert.deepStrictEqual(it.commands, [note, { _tag: "Answer", answer: { _tag: "Approve" } }])
    it.propose("b")
    it.rest(SETTLE)
    it.type("fonly this\t")
    it.propose("b")
    assert.strictEqual(it.commands.length, 3)
    assert.strictEqual(it.screen().dialog?.request.call.id, "b")
  })

  it("approves no other call, and none of which something is wrong", () => {
    const it = driver()
    it.propose("a")
    it.rest(SETTLE)
    it.type("fgood\r")
    it.propose("b")
    assert.strictEqual(it.commands.length, 1)
  })
})

describe("a paste that the terminal does not mark", () => {
  it("sends nothing: its line breaks are part of the text", () => {
    for (const key of ["n", "f", "e"]) {
      const it = driver()
      it.propose("a")
      it.rest(SETTLE)
      it.type(key)
      it.burst("one\rtwo\r")
      assert.deepStrictEqual(it.commands, [])
      assert.match(it.screen().notice ?? "", /Enter sends/)
      const { fields, stage } = it.screen().dialog ?? assert.fail("answered")
      assert.include(stage === "choose" ? "" : fields[stage].value, "one\ntwo\n")
    }
  })
})

describe("a command while a call waits", () => {
  it("is typed in a line of its own: none of its letters answers, and it is done when the turn is over", () => {
    const it = driver()
    it.propose("a")
    it.rest(SETTLE)
    it.type("/why")
    assert.strictEqual(it.screen().dialog?.stage, "command")
    it.type("\r")
    assert.deepStrictEqual([it.commands, it.screen().queue], [[], ["/why"]])
    assert.strictEqual(it.screen().dialog?.message, "/why is done once this turn is over")
    it.type("/nope\r")
    assert.match(it.screen().dialog?.message ?? "", /^unknown command \/nope/)
    it.escape()
    it.type("/help\r")
    assert.strictEqual(it.screen().blocks.length, 1)
    it.type("y")
    it.prompt()
    assert.deepStrictEqual(it.commands, [
      { _tag: "Answer", answer: { _tag: "Approve" } },
      { _tag: "Submit", input: { _tag: "Why" } }
    ])
  })

  it("may come in one read, as fast typing does on a slow machine", () => {
    const it = driver()
    it.propose("a")
    it.rest(SETTLE)
    it.burst("/why\r")
    assert.deepStrictEqual([it.commands, it.screen().queue], [[], ["/why"]])
  })

  it("that is a note or the end answers at once", () => {
    const it = driver()
    it.propose("a")
    it.rest(SETTLE)
    it.type("/note tests first\r")
    it.propose("a")
    it.type("/quit\r")
    assert.deepStrictEqual(it.commands, [
      { _tag: "Answer", answer: { _tag: "Note", text: "tests first" } },
      { _tag: "Answer", answer: { _tag: "Quit" } }
    ])
  })
})

describe("what is read", () => {
  const text = (screen: Screen) => screen.blocks.flatMap(({ lines }) => lines.map(plain))

  it("help fits windows of 80 and 40 columns, each command apart from its meaning", () => {
    for (const columns of [80, 40]) {
      const lines = text(update(emptyScreen, { _tag: "Event", event: { _tag: "HelpShown" }, columns }).screen)
      for (const one of lines) assert.isAtMost(width(one), columns, one)
      const lessons = lines.findIndex((one) => one.includes("[undo|forget|show id]"))
      if (columns === 80) assert.match(lines[lessons] ?? "", /show id\] {2,}what it was taught/)
      else assert.deepStrictEqual([lines[lessons]?.endsWith("id]"), lines[lessons + 1]?.trim().slice(0, 4)], [
          true,
          "what"
        ])
    }
  })

  it("an unknown command is told with every known one, also in a narrow window", () => {
    const it = driver()
    it.prompt()
    it.type("/nope\r")
    for (const columns of [80, 60]) {
      const shown = view(it.screen(), { rows: 24, columns }, still).lines.map(plain).join(" ")
      assert.include(shown, "/help, /quit")
    }
  })

  it("an edited call is there with what ran instead, marked", () => {
    const it = driver()
    const verdict = { _tag: "Edit", arguments: { path: "b.js", content: "c" } } as const
    it.event({ _tag: "VerdictGiven", call: call("a"), verdict })
    const lines = text(it.screen())
    assert.isTrue(lines.includes("* write  a.js"))
    assert.isTrue(lines.includes("* write  b.js  edited"))
  })
})

describe("the numbers of /metrics", () => {
  const metrics = {
    lessons: 40,
    steps: 40,
    skipped: 0,
    approvals: 0,
    denials: 40,
    edits: 0,
    revision: 80,
    recent: [],
    history: Array.from({ length: 40 }, (_, index) => ({
      lessonId: `l${index}`,
      at: index,
      kind: "denial" as const,
      correction: "use edit_lines",
      outcome: "skipped" as const,
      times: index + 1,
      divergenceBefore: 1 / (index + 1)
    }))
  }
  const shown = (screen: Screen) => view(screen, { rows: 12, columns: 60 }, still).lines.map(plain)

  it("are printed once below the conversation, as wide as the window, and leave the rest of the screen as it was", () => {
    const it = driver()
    it.prompt()
    it.type("half a ta")
    it.event({ _tag: "UserMessage", text: "before" })
    const before = shown(it.screen())
    it.event({ _tag: "MetricsShown", metrics }, 60)
    assert.deepStrictEqual(shown(it.screen()), before)
    const printed = it.screen().blocks.at(-1)?.lines.map(plain) ?? []
    assert.strictEqual(printed[0], "metrics")
    assert.isAbove(printed.length, 12)
    for (const row of printed) assert.isAtMost(row.length, 60)
    it.type("sk\r")
    assert.deepStrictEqual(it.commands, [{ _tag: "Submit", input: { _tag: "Task", text: "half a task" } }])
  })

  it("leave a call that waits as it is", () => {
    const it = driver()
    it.propose("a")
    const before = shown(it.screen())
    it.event({ _tag: "MetricsShown", metrics })
    assert.deepStrictEqual(shown(it.screen()), before)
  })
})

describe("the prompt", () => {
  it("sends tasks and commands, refuses what it does not know and keeps the text", () => {
    const it = driver()
    it.prompt()
    it.type("/nope\r")
    assert.match(it.screen().notice ?? "", /^unknown command \/nope/)
    assert.strictEqual(it.screen().prompt.value, "/nope")
    it.type("\u0015fix it\r")
    it.prompt()
    it.type("/metrics\r")
    assert.deepStrictEqual(it.commands, [
      { _tag: "Submit", input: { _tag: "Task", text: "fix it" } },
      { _tag: "Submit", input: { _tag: "ShowMetrics" } }
    ])
    assert.strictEqual(it.screen().prompt.value, "")
  })

  it("queues what is sent while busy, one per request, and gives it back on an interrupt", () => {
    const it = driver()
    it.type("one\rtwo\rthree")
    it.prompt()
    assert.deepStrictEqual(it.commands, [{ _tag: "Submit", input: { _tag: "Task", text: "one" } }])
    assert.deepStrictEqual(it.screen().queue, ["two"])
    assert.strictEqual(it.screen().prompt.value, "three")
    it.escape()
    assert.deepStrictEqual(it.commands[1], { _tag: "Interrupt" })
    assert.deepStrictEqual(it.screen().queue, [])
    assert.strictEqual(it.screen().prompt.value, "two\nthree")
    it.prompt()
    assert.strictEqual(it.commands.length, 2)
  })

  it("takes a pasted text with its line breaks, without sending it", () => {
    const it = driver()
    it.prompt()
    it.paste("first\nsecond")
    assert.deepStrictEqual(it.commands, [])
    it.type("\r")
    assert.deepStrictEqual(it.commands, [{ _tag: "Submit", input: { _tag: "Task", text: "first\nsecond" } }])
  })

  it("quits on the second Ctrl-C, not after something was typed between; the draft can be recalled", () => {
    const it = driver()
    it.prompt()
    it.type("draft\u0003")
    it.type("x\u0003")
    assert.deepStrictEqual(it.commands, [])
    it.type("\u0003")
    assert.deepStrictEqual(it.commands, [{ _tag: "Submit", input: { _tag: "Quit" } }])
    assert.deepStrictEqual(it.screen().history, ["draft", "x"])
  })

  it("asked twice to stop, quits at the next request", () => {
    const it = driver()
    it.type("\u0003\u0003")
    assert.deepStrictEqual(it.commands, [{ _tag: "Interrupt" }, { _tag: "Interrupt" }])
    it.propose("a")
    assert.deepStrictEqual(it.commands[2], { _tag: "Answer", answer: { _tag: "Quit" } })
  })

  it("a stop that worked does not count towards quitting", () => {
    const it = driver()
    it.type("\u0003")
    it.event({ _tag: "TurnCancelled", reason: "stopped" })
    it.prompt()
    it.type("go\r\u0003")
    it.prompt()
    assert.deepStrictEqual(it.commands.map(({ _tag }) => _tag), ["Interrupt", "Submit", "Interrupt"])
  })
})

describe("the live region", () => {
  const size = {
    rows: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 40 })),
    columns: Schema.Int.check(Schema.isBetween({ minimum: 8, maximum: 100 }))
  }
  const fits = (screen: Screen, rows: number, columns: number) => {
    const { cursor, lines } = view(screen, { rows, columns }, still)
    assert.isAtMost(lines.length, rows - 1)
    for (const one of lines) assert.isAtMost(width(plain(one)), columns)
    if (cursor !== undefined) {
      assert.isBelow(cursor.y, lines.length)
      assert.isBelow(cursor.x, columns)
    }
  }

  it.prop("is always lower than the window, whatever happened", {
    ...size,
    events: Schema.Array(AgentEvent),
    typed: Schema.String
  }, ({ columns, events, rows, typed }) => {
    const it = driver()
    for (const event of events) it.event(event)
    it.type(typed)
    fits(it.screen(), rows, columns)
    it.prompt()
    it.paste(`${typed}\n${"long ".repeat(80)}`)
    fits(it.screen(), rows, columns)
  })

  it.prop("also around a call with a huge diff and a long correction", {
    ...size,
    text: Schema.String,
    length: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 300 }))
  }, ({ columns, length, rows, text }) => {
    const it = driver()
    it.rest(1000)
    const diff = Array.from({ length }, (_, index) => `+${index} ${text} ${"x".repeat(index)}`).join("\n")
    const screen = update(it.screen(), {
      _tag: "ApprovalOpened",
      request: { call: call("a"), preview: { _tag: "Diff", path: "a.js", diff }, problem: text, suggestion: text },
      at: 1000,
      settle: SETTLE
    }).screen
    fits(screen, rows, columns)
    const typing = keyPresses(`n${text}${"word ".repeat(60)}\r`, {}).reduce(
      (now, press) =>
        now.dialog === undefined ? now : update(now, { _tag: "Pressed", press, at: 9e9, settle: 0, options }).screen,
      screen
    )
    fits(typing, rows, columns)
  })

  it("keeps the keys in sight when room is short, and shows the end of the body when scrolled there", () => {
    const diff = Array.from({ length: 50 }, (_, index) => `+line ${index}`).join("\n")
    const screen = update(emptyScreen, {
      _tag: "ApprovalOpened",
      request: { call: call("a"), preview: { _tag: "Diff", path: "a.js", diff } },
      at: 1000,
      settle: SETTLE
    }).screen
    const first = view(screen, { rows: 12, columns: 80 }, still)
    assert.deepStrictEqual(first.page, { rows: 6, total: 50 })
    assert.strictEqual(plain(first.lines.at(-2) ?? []), "y approve   n deny   e edit   f comment   q quit   Esc cancel")
    const end = update(screen, {
      _tag: "Pressed",
      press: { name: "end" },
      at: 2000,
      settle: SETTLE,
      options: { editor: false, page: first.page }
    }).screen
    assert.include(view(end, { rows: 12, columns: 80 }, still).lines.map(plain), "+line 49")
  })
})

describe("a text field", () => {
  it("edits by graphemes, words and lines", () => {
    assert.deepStrictEqual(edits.backspace(fieldOf("a👩‍💻")), fieldOf("a"))
    assert.deepStrictEqual(edits.deleteWord(fieldOf("one two  ")), fieldOf("one "))
    assert.deepStrictEqual(edits.deleteToStart(fieldOf("one\ntwo")), fieldOf("one\n"))
    assert.deepStrictEqual(edits.lineStart(fieldOf("one\ntwo")), { value: "one\ntwo", cursor: 4 })
    assert.deepStrictEqual(edits.delete({ value: "abc", cursor: 1 }), { value: "ac", cursor: 1 })
    assert.deepStrictEqual(edits.left(emptyField), emptyField)
    assert.deepStrictEqual(insert({ value: "ac", cursor: 1 }, "b"), { value: "abc", cursor: 2 })
  })
})

describe("keys", () => {
  it("takes apart what a terminal delivers at once", () => {
    assert.deepStrictEqual(keyPresses("n\r", {}), [{ name: "char", text: "n" }, { name: "enter" }])
    assert.deepStrictEqual(keyPresses("c", { ctrl: true }), [{ name: "ctrl-c" }])
    assert.deepStrictEqual(keyPresses("", { escape: true }), [{ name: "escape" }])
    assert.deepStrictEqual(keyPresses("\r", { return: true }), [{ name: "enter" }])
    assert.deepStrictEqual(keyPresses("\r", { return: true, meta: true }), [{ name: "edit", edit: "newline" }])
    assert.deepStrictEqual(keyPresses("y", { meta: true }), [{ name: "unknown" }])
    assert.deepStrictEqual(keyPresses("y", { eventType: "release" }), [])
  })
})

describe("after an answer that can be corrected", () => {
  const wanted = { tool: "bash", arguments: { command: "npm test" } }
  const answered = (event: AgentEvent) => {
    const it = driver()
    it.event(event)
    it.prompt()
    return it
  }

  it("Ctrl-T makes the call it may have meant the wanted one, once", () => {
    const it = answered({ _tag: "Correctable", wanted })
    assert.include(it.screen().blocks.flatMap(({ lines }) => lines).map(plain).join("\n"), "Ctrl-T does this instead")
    it.type("\u0014\u0014")
    assert.deepStrictEqual(it.commands, [{ _tag: "Submit", input: { _tag: "Instead" } }])
  })

  it("Ctrl-T begins to name one where none was found", () => {
    const it = answered({ _tag: "Correctable" })
    it.type("\u0014npm test\r")
    assert.deepStrictEqual(it.commands, [{
      _tag: "Submit",
      input: { _tag: "Instead", call: { tool: "bash", arguments: { command: "npm test" } } }
    }])
  })

  it("is in nobody's way: what is typed stays, the next task ends it, and letters are text", () => {
    const it = answered({ _tag: "Correctable", wanted })
    it.type("tell me")
    it.type("\u0014")
    assert.deepStrictEqual(it.commands, [])
    assert.strictEqual(it.screen().prompt.value, "tell me")
    it.type("\r")
    assert.deepStrictEqual(it.commands, [{ _tag: "Submit", input: { _tag: "Task", text: "tell me" } }])
    it.event({ _tag: "UserMessage", text: "tell me" })
    it.prompt()
    it.type("\u0014")
    assert.strictEqual(it.commands.length, 1)
    assert.match(it.screen().notice ?? "", /none to correct/)
  })
})

describe("a lesson under way", () => {
  it("says what it waits for, the updates of at most so many, and the seconds, which go on by themselves", () => {
    const it = driver()
    const inner = { index: 1, loss: 1, divergence: 0.4, baseKl: 0, gradientNorm: 1, updateNorm: 1 }
    const shown = () =>
      view(it.screen(), { rows: 12, columns: 100 }, { at: it.now(), spinner: "|" }).lines.map(plain)[0] ?? ""
    it.rest(5000)
    it.event({ _tag: "LearningStarted", lesson: sampleLesson })
    it.event({ _tag: "LearningStage", lessonId: "l1", stage: "canaries", seconds: 0, updates: 0 })
    it.rest(300)
    assert.strictEqual(shown(), "| learning: looking at approved calls   Esc stops")
    it.event({ _tag: "LearningStage", lessonId: "l1", stage: "backward", seconds: 0.4, updates: 0, of: 8 })
    it.event({ _tag: "LearningProgress", lessonId: "l1", inner })
    it.rest(1200)
    assert.strictEqual(shown(), "| learning: computing an update   2 of at most 8 updates   1.5 s   Esc stops")
    it.rest(1000)
    assert.include(shown(), "2.5 s")
  })
})

describe("the status line", () => {
  it("names the model, and the trainer where that is called otherwise", () => {
    const it = driver()
    const status = () => view(it.screen(), { rows: 12, columns: 80 }, still).lines.map(plain).at(-1)
    it.event(sessionStarted)
    assert.strictEqual(status(), "pocket  training on  sandbox none  sdpo  revision 1")
    it.event({
      _tag: "SessionStarted",
      sessionId: "s",
      workspace: "/work/demo",
      model: "coder.gguf",
      trainer: "pocket",
      objective: "sdpo",
      training: false,
      sandbox: "none",
      revision: 2
    })
    assert.strictEqual(status(), "coder.gguf  training off  sandbox none  pocket sdpo  revision 2")
  })
})

describe("completing what is typed", () => {
  it("shows what Tab would take, asks for the files once, and hints do not hide the status", () => {
    const it = driver()
    it.prompt()
    it.type("/les")
    const shown = (rows = 12) => view(it.screen(), { rows, columns: 80 }, still).lines.map(plain)
    assert.isTrue(shown().some((line) => /^Tab \/lessons\s+what it was taught/.test(line)))
    it.type("\t")
    assert.strictEqual(it.screen().prompt.value, "/lessons ")
    it.event(sessionStarted)
    for (const press of keyPresses("\u0015see @ca", {})) it.press(press, { rows: 3, total: 3 })
    assert.deepStrictEqual(it.commands, [{ _tag: "ListFiles" }])
    it.files(["src/calc.js", "src/can.js"])
    assert.deepStrictEqual(shown().slice(-3), ["Tab src/can.js", "    src/calc.js", shown().at(-1)])
    assert.match(shown().at(-1) ?? "", /training on/)
    for (const rows of [2, 3, 4, 6]) {
      assert.isBelow(shown(rows).length, rows)
      assert.match(shown(rows).at(-1) ?? "", /training on/)
    }
    it.type("\t")
    assert.strictEqual(it.screen().prompt.value, "see src/can.js ")
  })

  it("tasks of the session that goes on are the first of the history", () => {
    const it = driver()
    it.event({
      _tag: "SessionResumed",
      from: "s",
      forked: false,
      conversation: [{ _tag: "User", text: "earlier" }, { _tag: "Note", text: "no task" }]
    })
    it.prompt()
    it.press({ name: "up" }, { rows: 1, total: 1 })
    assert.strictEqual(it.screen().prompt.value, "earlier")
  })
})
