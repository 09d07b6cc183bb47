import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { callKind } from "./CallKind.ts"
import { alike, meaningOf, opposed } from "./Meaning.ts"
import { type Correction, relationsOf, relationsOfEach } from "./Relations.ts"

const bash = (command: string) => ({ id: "c", tool: "bash", arguments: { command } })
const tool = (name: string, path = "a.js") => ({ id: "c", tool: name, arguments: { path } })

const denial = (id: string, call: Correction["call"], correction: string): Correction => ({
  id,
  kind: "denial",
  correction,
  call,
  task: "fix the test"
})

describe("kinds of calls", () => {
  it("are the tool, the program, and its subcommand where that is what matters", () => {
    assert.deepStrictEqual(
      [
        tool("write"),
        bash("npm install zod"),
        bash("CI=1 npm --silent install"),
        bash("rm -rf notes.md"),
        bash("node --test")
      ].map(callKind),
      ["write", "bash npm install", "bash npm install", "bash rm", "bash node"]
    )
  })
})

describe("meaning of a correction", () => {
  const same = (a: string, b: string) => alike(meaningOf(a), meaningOf(b))

  it("is its words, small ones and endings left out, with what is not wanted marked", () => {
    assert.deepStrictEqual([...meaningOf("Please use edit_lines; don’t overwrite the files!").keys()], [
      "edit_lines",
      "!overwrit",
      "!file"
    ])
  })

  it("is the same in other words of politeness, order and form", () => {
    assert.isTrue(same("use edit_lines", "please use edit_lines instead."))
    assert.isTrue(same("use edit_lines; don't overwrite", "edit_lines, not overwriting"))
    assert.isTrue(same("use pnpm", "use pnpm, not npm"))
  })

  it("differs when another thing is wanted, or the opposite", () => {
    assert.isFalse(same("use pnpm", "use yarn"))
    assert.isFalse(same("use tabs", "don't use tabs"))
    assert.isFalse(same("", "use tabs"))
    assert.deepStrictEqual(opposed(meaningOf("use tabs"), meaningOf("never use tabs")), ["tabs"])
  })
})

describe("relations of a lesson", () => {
  it("count what was said before about the same kind of call", () => {
    const earlier = [
      denial("l1", bash("npm install zod"), "use pnpm"),
      denial("l2", bash("npm test"), "use node --test"),
      denial("l3", bash("npm install ink"), "please use pnpm!")
    ]
    assert.deepStrictEqual(relationsOf(denial("l4", bash("npm install react"), "pnpm, not npm"), earlier), {
      times: 3,
      same: ["l1", "l3"]
    })
    assert.deepStrictEqual(relationsOf(denial("l4", bash("npm run build"), "use pnpm"), earlier), {
      times: 1,
      same: []
    })
  })

  it("group edits that change the same argument alike", () => {
    const edit = (id: string, path: string): Correction => ({
      ...denial(id, tool("write", path), "make this call instead"),
      kind: "edit",
      correctedCall: tool("write", `src/${path}`)
    })
    assert.strictEqual(relationsOf(edit("l2", "b.js"), [edit("l1", "b.js")]).times, 2)
    const other: Correction = {
      ...edit("l2", "b.js"),
      correctedCall: { ...tool("write", "b.js"), arguments: { path: "b.js", content: "x" } }
    }
    assert.strictEqual(relationsOf(other, [edit("l1", "b.js")]).times, 1)
  })

  it("find the lesson that taught the very call denied now, through its approved retry too", () => {
    const first = denial("l1", tool("write"), "use edit_lines")
    const retry: Correction = { ...first, id: "l2", kind: "retry", parent: "l1", correctedCall: tool("edit_lines") }
    const { contradicts } = relationsOf(denial("l3", tool("edit_lines"), "write the whole file"), [first, retry])
    assert.deepStrictEqual(contradicts, {
      lessonId: "l1",
      correction: "use edit_lines",
      reason: "it taught the very call you denied now"
    })
  })

  it("find a preference that was turned round, in words or in calls", () => {
    const wanted = (now: Correction, before: Correction) => relationsOf(now, [before]).contradicts?.reason
    assert.match(
      wanted(denial("l2", bash("pnpm add ink"), "use npm"), denial("l1", bash("npm install zod"), "use pnpm")) ?? "",
      /asked for pnpm add in place of npm install/
    )
    assert.match(
      wanted(denial("l2", tool("write"), "use tabs"), denial("l1", tool("write"), "never use tabs")) ?? "",
      /one wants "tabs"/
    )
    const edit = (id: string, from: string, to: string): Correction => ({
      ...denial(id, tool(from), "make this call instead"),
      kind: "edit",
      correctedCall: tool(to, "b.js")
    })
    assert.match(wanted(edit("l2", "grep", "bash"), edit("l1", "bash", "grep")) ?? "", /taught grep in place of bash/)
  })

  it("see no contradiction in a second correction of the corrected call", () => {
    const first = denial("l1", tool("write"), "use edit_lines")
    const now = denial("l2", tool("edit_lines"), "wrong line, it is line 6")
    assert.deepStrictEqual(relationsOf(now, [first]), { times: 1, same: [] })
  })

  it("see no contradiction in the program that two kinds of call share", () => {
    const first = denial("l1", bash("git checkout -b login"), "use git switch")
    const now = denial("l2", bash("git push"), "use git push --force-with-lease")
    assert.deepStrictEqual(relationsOf(now, [first]), { times: 1, same: [] })
    const turned = denial("l3", bash("git switch -c b"), "use git checkout")
    assert.match(
      relationsOf(turned, [first]).contradicts?.reason ?? "",
      /asked for git switch in place of git checkout/
    )
  })

  it("let a repetition since then settle an old contradiction", () => {
    const earlier = [
      denial("l1", tool("write"), "never use tabs"),
      denial("l2", tool("write"), "use tabs"),
      denial("l3", tool("read"), "look at the tests first")
    ]
    assert.deepStrictEqual(relationsOf(denial("l4", tool("write"), "use tabs please"), earlier), {
      times: 2,
      same: ["l2"]
    })
  })

  const calls = [tool("write"), tool("edit_lines"), bash("npm install zod"), bash("pnpm add zod")]
  const corrections = ["use edit_lines", "don't overwrite", "use pnpm", "never pnpm", "use npm"]
  const place = (most: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: most }))
  const sketch = Schema.Struct({
    call: place(calls.length - 1),
    said: place(corrections.length - 1),
    wanted: place(calls.length - 1),
    kind: Schema.Literals(["denial", "denial", "edit", "retry"])
  })

  it.effect.prop("are, read in one go, those of each lesson beside the lessons before it", {
    sketches: Schema.Array(sketch).check(Schema.isMaxLength(12))
  }, ({ sketches }) => {
    const lessons = sketches.map(({ call, kind, said, wanted }, index): Correction => ({
      ...denial(`l${index}`, calls[call] ?? tool("write"), corrections[said] ?? ""),
      kind,
      ...(kind === "denial" ? {} : { correctedCall: calls[wanted] ?? tool("write") }),
      ...(kind === "retry" ? { parent: `l${index - 1}` } : {})
    }))
    assert.deepStrictEqual(
      relationsOfEach(lessons),
      lessons.map((lesson, index) => relationsOf(lesson, lessons.slice(0, index)))
    )
    return Effect.void
  })
})
