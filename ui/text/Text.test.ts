import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { UserInput } from "../../core/domain/UserInput.ts"
import type { Step } from "../../core/domain/Step.ts"
import { callBody } from "./CallText.ts"
import { commands, parseInput } from "./Commands.ts"
import { outcomeLine, progressText } from "./Evidence.ts"
import { graphemes, line, plain, span, truncateLine, width, wrapLine, wrapWords } from "./Line.ts"
import { metricsLines, sparkline } from "./MetricsText.ts"
import { logProb, money, short } from "./Numbers.ts"
import { outputLines, visible } from "./Visible.ts"

describe("visible", () => {
  it("spells out what hides or steers, and leaves the rest", () => {
    assert.strictEqual(visible("rm -rf \u202e/ok"), "rm -rf <U+202E>/ok")
    assert.strictEqual(visible("\u001b[2J\u0007\r"), "<U+001B>[2J<U+0007><U+000D>")
    assert.strictEqual(visible("a\u200bb\u00a0c\u2028\ufeff"), "a<U+200B>b<U+00A0>c<U+2028><U+FEFF>")
    assert.strictEqual(visible("tab\there"), "tab→   here")
    assert.strictEqual(visible("tag \u{e0041}"), "tag <U+E0041>")
    assert.strictEqual(visible("naïve 漢字 ✓"), "naïve 漢字 ✓")
  })

  it("keeps joiners inside emoji and nowhere else", () => {
    assert.strictEqual(visible("👩‍💻 ❤️"), "👩‍💻 ❤️")
    assert.strictEqual(visible("a\u200db\ufe0f"), "a<U+200D>b<U+FE0F>")
  })

  it.prop("never lets a control or bidirectional character through", { text: Schema.String }, ({ text }) => {
    assert.notMatch(visible(text), /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029]/u)
  })

  it("drops colour codes of a tool's output", () => {
    assert.deepStrictEqual(outputLines("\u001b[32mok\u001b[0m\r\nnext"), ["ok", "next"])
  })
})

describe("lines", () => {
  it.prop("wrapping loses nothing and keeps to the width", {
    parts: Schema.Array(Schema.String),
    columns: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 30 }))
  }, ({ columns, parts }) => {
    const spans = parts.map((text) => span(visible(text)))
    const rows = wrapLine(spans, columns)
    assert.strictEqual(rows.map(plain).join(""), plain(spans))
    for (const row of rows) {
      const cells = row.flatMap((part) => graphemes(part.text)).reduce((sum, unit) => sum + width(unit), 0)
      assert.isAtMost(cells, columns)
    }
  })

  it("counts wide characters as two cells", () => {
    assert.deepStrictEqual(wrapLine(line("漢字x"), 4).map(plain), ["漢字", "x"])
  })

  it("wraps styled pieces where the line is full", () => {
    assert.deepStrictEqual(wrapLine([span("abc"), span("def", { bold: true })], 4), [
      [span("abc"), span("d", { bold: true })],
      [span("ef", { bold: true })]
    ])
  })

  it("breaks prose at spaces", () => {
    assert.deepStrictEqual(wrapWords("a denial needs a correction", 10), ["a denial", "needs a", "correction"])
    assert.deepStrictEqual(wrapWords("abcdefgh ij", 3), ["abc", "def", "gh", "ij"])
    assert.deepStrictEqual(wrapWords("", 3), [""])
  })

  it("marks what a cut left out", () => {
    assert.strictEqual(plain(truncateLine(line("abcdef"), 4)), "abc…")
    assert.strictEqual(plain(truncateLine(line("abcd"), 4)), "abcd")
  })
})

describe("commands", () => {
  it("reads every name of every command", () => {
    const tags = commands.map(({ names }) =>
      names.map((name) => {
        const parsed = parseInput(name.startsWith("/no") ? `${name} hello there` : ` ${name} `)
        return Result.isSuccess(parsed) ? parsed.success._tag : parsed.failure
      })
    )
    assert.deepStrictEqual(tags, [
      ["ShowMetrics", "ShowMetrics"],
      ["Why", "Why"],
      ["ShowLessons", "ShowLessons"],
      ["Learn"],
      ["Correct"],
      ["Instead"],
      ["ShowPermissions", "ShowPermissions"],
      ["Note"],
      ["UndoChange", "UndoChange"],
      ["ShowSessions", "ShowSessions"],
      ["Clear", "Clear"],
      ["Help", "Help"],
      ["Quit", "Quit"]
    ])
  })

  it("reads what is asked of permissions", () => {
    const rule = { _tag: "AddPermission", effect: "allow", saved: false } as const
    const cases: ReadonlyArray<readonly [string, UserInput]> = [
      ["allow net", { ...rule, kind: "net" }],
      ["allow run npm  test", { ...rule, kind: "run", pattern: "npm  test *" }],
      ["always run git *", { ...rule, kind: "run", pattern: "git *", saved: true }],
      ["deny write dist", { ...rule, effect: "deny", kind: "write", pattern: "dist" }],
      ["test git push -f", { _tag: "TestPermission", kind: "run", what: "git push -f" }],
      ["test write .env", { _tag: "TestPermission", kind: "write", what: ".env" }],
      ["revoke 4", { _tag: "RevokePermission", number: 4 }]
    ]
    for (const [text, input] of cases) {
      assert.deepStrictEqual(parseInput(`/permissions ${text}`), Result.succeed(input))
    }
  })

  it("takes everything else as a task, paths too", () => {
    assert.deepStrictEqual(parseInput("fix the test"), Result.succeed({ _tag: "Task", text: "fix the test" }))
    assert.deepStrictEqual(
      parseInput("/etc/hosts is wrong"),
      Result.succeed({ _tag: "Task", text: "/etc/hosts is wrong" })
    )
  })

  it("reads a wanted call as a command, or as a tool with its arguments", () => {
    const read = (typed: string) => Result.getOrUndefined(parseInput(typed))
    assert.deepStrictEqual(read("/do"), { _tag: "Instead" })
    assert.deepStrictEqual(read("/do npm run test -- --watch"), {
      _tag: "Instead",
      call: { tool: "bash", arguments: { command: "npm run test -- --watch" } }
    })
    assert.deepStrictEqual(read("/do read {\"path\": \"a.js\"}"), {
      _tag: "Instead",
      call: { tool: "read", arguments: { path: "a.js" } }
    })
    assert.deepStrictEqual(read("/do awk '{print $1}' a.txt"), {
      _tag: "Instead",
      call: { tool: "bash", arguments: { command: "awk '{print $1}' a.txt" } }
    })
    assert.deepStrictEqual(
      parseInput("/do read {path}"),
      Result.fail("the arguments of read must be one JSON object: /do read {\"path\": \"a.js\"}")
    )
  })

  it("says what is wrong with a command", () => {
    assert.deepStrictEqual(
      parseInput("/metric"),
      Result.fail(
        "unknown command /metric: there are /metrics, /why, /lessons, /learn, /no, /do, /permissions, /note, /undo, /sessions, /clear, /help, /quit"
      )
    )
    assert.deepStrictEqual(parseInput("/note  "), Result.fail("/note needs text: /note <text>"))
    assert.deepStrictEqual(parseInput("/quit now"), Result.fail("/quit takes no text: leave out now"))
    assert.deepStrictEqual(parseInput("/why 2"), Result.succeed({ _tag: "Why", number: 2 }))
    assert.deepStrictEqual(parseInput("/why me"), Result.fail("/why takes a number, 1 for the last lesson: /why 2"))
    assert.deepStrictEqual(parseInput("/why 0"), Result.fail("/why takes a number, 1 for the last lesson: /why 2"))
    const usage =
      "/lessons lists them; /lessons show <id>, /lessons undo [id] and /lessons forget <id> take one of them"
    for (const text of ["/lessons drop", "/lessons forget", "/lessons show", "/lessons undo a b"]) {
      assert.deepStrictEqual(parseInput(text), Result.fail(usage))
    }
    assert.deepStrictEqual(
      parseInput("/l undo 0a1b"),
      Result.succeed({ _tag: "UndoLesson", id: "0a1b" })
    )
    assert.deepStrictEqual(parseInput("/learn maybe"), Result.fail("/learn takes on or off: /learn off"))
    assert.deepStrictEqual(parseInput("/learn off"), Result.succeed({ _tag: "Learn", on: false }))
    assert.deepStrictEqual(parseInput("/no"), Result.fail("/no needs text: /no <text>"))
    assert.match(String(parseInput("/permissions grant")), /\/permissions allow net, always run npm test/)
    assert.match(String(parseInput("/permissions allow all")), /allow takes read, write, run or net/)
    assert.match(String(parseInput("/permissions revoke x")), /revoke takes the number of a rule/)
    assert.match(String(parseInput("/permissions test")), /test takes a command/)
    assert.deepStrictEqual(parseInput(" "), Result.fail("type a task, or /help"))
  })
})

describe("the body of a call", () => {
  const command = { id: "c", tool: "bash", arguments: { command: "npm test\nnode --test", timeout: 5 } }

  it("has a command once where its preview is the command, and always has it whole", () => {
    const whole = { _tag: "Text", text: command.arguments.command, notes: ["For at most 5 seconds."] } as const
    assert.deepStrictEqual(callBody(command, whole).map(plain), ["For at most 5 seconds.", "npm test", "node --test"])
    const part = { _tag: "Text", text: "npm test" } as const
    assert.deepStrictEqual(callBody(command, part).map(plain), [
      "command: npm test",
      "         node --test",
      "timeout: 5",
      "npm test"
    ])
  })
})

describe("numbers", () => {
  it("are short", () => {
    assert.deepStrictEqual([0.41, 0.08, 0.0012345, 0, 123.4, Number.NaN].map(short), [
      "0.41",
      "0.08",
      "0.0012",
      "0.00",
      "123",
      "NaN"
    ])
    assert.deepStrictEqual([-1.23, -9.8, -0.004].map(logProb), ["-1.2", "-9.8", "-0.0040"])
  })

  it("sparkline spans lowest to highest", () => {
    assert.strictEqual(sparkline([-8, -1, -4.5]), "▁█▅")
    assert.strictEqual(sparkline([3, 3]), "▁▁")
    assert.strictEqual(sparkline([1, Number.NaN, 2]), "▁·█")
  })
})

const inner = { index: 0, loss: 1, divergence: 0.4, baseKl: 0, gradientNorm: 1, updateNorm: 1 }

describe("a running step", () => {
  it("says what it waits for, how far it is and how long it may take", () => {
    assert.strictEqual(progressText({ stage: undefined, made: 0 }, 3), "learning")
    assert.strictEqual(
      progressText({ stage: { stage: "teacher", seconds: 0, updates: 0, of: 8 }, made: 0 }, 0.4),
      "learning: asking the model with your correction"
    )
    assert.strictEqual(
      progressText({ stage: { stage: "backward", seconds: 12, updates: 2, of: 8, left: 18 }, made: 2 }, 12.3),
      "learning: computing an update   2 of at most 8 updates   12.3 s, at most 18.0 s more"
    )
  })
})

describe("evidence", () => {
  it("is one line of before and after, which says of a long step where the time went", () => {
    const learned = (took: Partial<Step>) =>
      outcomeLine({
        _tag: "Stepped",
        step: {
          id: "s",
          lessonId: "l",
          objective: "sdpo",
          estimator: "full-vocabulary reverse KL",
          revision: 2,
          inner: [inner, { ...inner, index: 1 }],
          tokens: 40,
          seconds: 0.6,
          at: 0,
          evidence: {
            attemptLogProbBefore: -1.2,
            attemptLogProbAfter: -9.8,
            divergenceBefore: 0.41,
            divergenceAfter: 0.08,
            baseKl: 0.1,
            greedyBefore: "a",
            greedyAfter: "b",
            greedyChanged: true
          },
          ...took
        }
      })
    const stages = {
      teacher: 2,
      student: 1,
      backward: 3,
      update: 0,
      greedy: 1,
      evidence: 0.5,
      rehearsal: 0,
      canaries: 2
    }
    assert.match(
      plain(learned({ seconds: 9.5, stages })),
      /9\.5 s \(teacher 3\.0 s, updates 3\.0 s, checks 1\.5 s, guard 2\.0 s\); \/why has the numbers$/
    )
    assert.strictEqual(
      plain(learned({ stages })),
      "learned  untold it would now say \"b\", not say \"a\"   2 updates, 0.6 s; /why has the numbers"
    )
  })

  it("says why a step was skipped", () => {
    assert.strictEqual(
      plain(outcomeLine({ _tag: "Skipped", reason: "the model agrees already", divergence: 0.0004 })),
      "not learned  the model agrees already   divergence 0.00040"
    )
  })

  it("metrics show counts, a sparkline and the last steps", () => {
    const shown = metricsLines({
      lessons: 3,
      steps: 2,
      skipped: 1,
      approvals: 4,
      denials: 3,
      edits: 0,
      revision: 5,
      recent: [
        {
          correction: "use edit_lines",
          attemptLogProbBefore: -1,
          attemptLogProbAfter: -9,
          greedyChanged: true,
          seconds: 0.6
        },
        {
          correction: "use grep",
          attemptLogProbBefore: -2,
          attemptLogProbAfter: -3,
          greedyChanged: false,
          seconds: 0.4
        }
      ]
    }).map(plain)
    assert.strictEqual(shown[1], "  lessons         3   steps 2   skipped 1   revision 5")
    assert.strictEqual(shown[3], "  log p change    ▁█  -8.0 to -1.0")
    assert.match(shown[5] ?? "", /^ {2}use edit_lines +-1\.0 +-9\.0 {2}changed +0\.6 s$/)
    assert.strictEqual(shown.length, 7)
  })

  it("metrics fit a window of 80 cells, whatever was said", () => {
    const recent = [{
      correction: "use git push --force-with-lease and never anything else",
      attemptLogProbBefore: -100,
      attemptLogProbAfter: -1000,
      greedyChanged: true,
      seconds: 1000
    }]
    const counts = { lessons: 1, steps: 1, skipped: 0, approvals: 0, denials: 1, edits: 0, revision: 1 }
    for (const columns of [60, 78, 120]) {
      assert.isAtMost(
        Math.max(...metricsLines({ ...counts, recent }, columns).map((one) => width(plain(one)))),
        columns
      )
    }
  })

  it("say what a service was asked for, by this session and by all", () => {
    const tokens = { prefill: 1_234_567, sampled: 890, trained: 12 }
    const service = "tinker.test\u202e"
    const shown = metricsLines({
      lessons: 0,
      steps: 0,
      skipped: 0,
      approvals: 0,
      denials: 0,
      edits: 0,
      revision: 0,
      recent: [],
      usage: {
        session: { service, tokens },
        project: [{ service, tokens, cost: { amount: 0.00123, currency: "USD" } }]
      }
    }).map(plain)
    assert.deepStrictEqual(shown.slice(3, 5), [
      "  this session    1,234,567 tokens read, 890 sampled, 12 trained on",
      "  all sessions    1,234,567 tokens read, 890 sampled, 12 trained on; 0.0012 USD, at tinker.test<U+202E>"
    ])
    assert.strictEqual(money({ amount: 12.345, currency: "EUR" }), "12.35 EUR")
  })
})
