import { assert, describe, it } from "@effect/vitest"
import type { LessonPoint, Metrics } from "../../core/domain/Metrics.ts"
import { changeChart, lineChart } from "./Chart.ts"
import { escaped } from "./Html.ts"
import { reportHtml } from "./Report.ts"

const step: NonNullable<LessonPoint["step"]> = {
  revision: 2,
  updates: 2,
  lossFirst: 1,
  lossLast: 0.5,
  divergenceAfter: 0.1,
  attemptLogProbBefore: -1,
  attemptLogProbAfter: -9,
  correctedLogProbBefore: -8,
  correctedLogProbAfter: -0.5,
  greedyChanged: true,
  asCorrected: true,
  baseKl: 0.1,
  gradientNorm: 1,
  updateNorm: 1,
  canaries: 4,
  canaryKl: 0.002,
  canaryUnchanged: 0.75,
  validity: 1,
  tokens: 10,
  seconds: 0.5,
  stages: { teacher: 0.1, student: 0.05, backward: 0.2, update: 0, greedy: 0.1, evidence: 0.01, canaries: 0.1 }
}
const point = (index: number, more: Partial<LessonPoint> = {}): LessonPoint => ({
  lessonId: `l${index}`,
  at: Date.UTC(2026, 0, index),
  kind: "denial",
  correction: "use pnpm",
  outcome: "learned",
  times: index,
  divergenceBefore: 1,
  step,
  ...more
})
const metrics: Metrics = {
  lessons: 3,
  steps: 2,
  skipped: 1,
  approvals: 5,
  denials: 3,
  edits: 0,
  revision: 4,
  meanStepSeconds: 0.5,
  recent: [],
  history: [
    point(1, { correction: "<script>alert(1)</script> & \"quotes\" \u202e" }),
    point(2, { outcome: "rolled back", reason: "it drifted" }),
    {
      lessonId: "l3",
      at: 0,
      kind: "denial",
      correction: "x",
      outcome: "skipped",
      reason: "no signal",
      times: 1,
      divergenceBefore: 0
    }
  ],
  probes: [{
    at: 0,
    revision: 4,
    modelIdentity: "m",
    answers: [{ id: "p", source: "project", task: "t", answer: "a", violated: false }]
  }]
}
const head = { project: "demo", model: "pocket", at: Date.UTC(2026, 0, 9), version: "1.0.0", driftLimit: 0.25 }
const html = reportHtml(metrics, head)

/** Every opening tag is closed by its own, in order; a stand-in for a parser. */
const unbalanced = (text: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  for (const [, close, name = "", self] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
    if (self === "/" || ["meta", "br"].includes(name)) continue
    if (close === "/") {
      if (open.pop() !== name) return [name]
    } else open.push(name)
  }
  return open
}

describe("the report", () => {
  it("is one page that loads nothing and runs nothing", () => {
    assert.deepStrictEqual(unbalanced(html), [])
    assert.notMatch(html, /<script|https?:|@import|url\(|src=|href=/)
    assert.include(html, "default-src 'none'")
    assert.include(html, "prefers-color-scheme:dark")
    assert.include(html, "width=device-width")
  })

  it("shows a correction as text, whatever is in it", () => {
    assert.include(html, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; &lt;U+202E&gt;")
    assert.strictEqual(escaped("a\u0000<b>'\"&\n c"), "a&lt;U+0000&gt;&lt;b&gt;&#39;&quot;&amp; c")
  })

  it("has every chart that there are numbers for, and every lesson", () => {
    const titles = Array.from(html.matchAll(/<h2>([^<]*)<\/h2>/g), ([, title]) => title)
    assert.deepStrictEqual(titles, [
      "Said again",
      "Probes",
      "The denied call",
      "The corrected call",
      "Drift",
      "Distance to the teacher",
      "Loss",
      "Where the time goes"
    ])
    assert.strictEqual(html.split("<tr>").length - 1, 4)
    assert.include(html, "-1.0 → -9.0")
    assert.include(html, "undone above")
    assert.include(html, "it drifted")
  })

  it("says what services were asked for", () => {
    const tokens = { prefill: 1000, sampled: 200, trained: 30 }
    const cost = { amount: 1.5, currency: "USD" }
    const page = reportHtml({ ...metrics, usage: { project: [{ service: "<b>", tokens, cost }] } }, head)
    assert.include(page, "<b>1,230</b><span>tokens at &lt;b&gt;: 1,000 read, 200 sampled, 30 trained on</span>")
    assert.include(page, "<b>1.50 USD</b>")
    assert.notInclude(html, "tokens at")
  })

  it("says so when nothing was taught yet", () => {
    const empty = reportHtml({ ...metrics, history: [], probes: [] }, head)
    assert.include(empty, "Nothing was taught yet")
    assert.deepStrictEqual(unbalanced(empty), [])
    assert.notMatch(empty, /NaN|undefined|Infinity/)
  })

  it("has no number that is none", () => {
    assert.notMatch(html, /NaN|undefined|Infinity/)
  })
})

describe("charts", () => {
  const axis = { format: String, each: "step", unit: "nats" }

  it("put values where they belong and leave out what is no number", () => {
    const drawn = lineChart(
      "l",
      [{ value: 0, label: "a" }, { value: undefined, label: "b" }, { value: 2, label: "c" }],
      axis
    )
    assert.include(drawn, "d=\"M46.0 176.0L348.0 26.0\"")
    assert.strictEqual(drawn.split("<circle").length - 1, 2)
    assert.include(drawn, "aria-label=\"l: 2 values, one for each step, from 0 to 2, between 0 and 2\"")
    assert.match(drawn, /<text class="tick" x="0" y="11">nats<\/text>/)
  })

  it("draw equal values and a single one without dividing by nothing", () => {
    assert.notMatch(lineChart("l", [{ value: 0, label: "a" }], axis), /NaN|Infinity/)
    assert.notMatch(changeChart("l", [{ before: 0, after: 0, label: "a" }], axis, "good"), /NaN|Infinity/)
  })
})
