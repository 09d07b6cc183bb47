import { listingAround, scatteredFiles } from "./Listing.ts"
import { readResult } from "./ReadResult.ts"
import { directory, identifier, stem, word } from "./Names.ts"
import type { Rng } from "./Rng.ts"
import { type Alternative, bash, type Prelude, type Scene, type Situation } from "./Situation.ts"

/** Functions whose right body follows from the name; `wrong` bodies are the bugs. Parameters are `p` and `q`. */
interface Family {
  readonly names: ReadonlyArray<string>
  readonly arity: 1 | 2
  readonly right: (p: string, q: string) => string
  readonly wrong: ReadonlyArray<(p: string, q: string) => string>
}

const binary = (names: ReadonlyArray<string>, operator: string): Family => ({
  names,
  arity: 2,
  right: (p, q) => `${p} ${operator} ${q}`,
  wrong: ["+", "-", "*", "/", "%"].filter((other) => other !== operator).map((other) => (p: string, q: string) =>
    `${p} ${other} ${q}`
  )
})

const FAMILIES: ReadonlyArray<Family> = [
  binary(["add", "sum", "plus"], "+"),
  binary(["subtract", "minus", "difference"], "-"),
  binary(["multiply", "times", "product"], "*"),
  binary(["divide", "quotient", "ratio"], "/"),
  binary(["modulo", "remainder"], "%"),
  {
    names: ["max", "larger"],
    arity: 2,
    right: (p, q) => `${p} > ${q} ? ${p} : ${q}`,
    wrong: [(p, q) => `${p} < ${q} ? ${p} : ${q}`]
  },
  {
    names: ["min", "smaller"],
    arity: 2,
    right: (p, q) => `${p} < ${q} ? ${p} : ${q}`,
    wrong: [(p, q) => `${p} > ${q} ? ${p} : ${q}`]
  },
  { names: ["square"], arity: 1, right: (p) => `${p} * ${p}`, wrong: [(p) => `${p} + ${p}`] },
  { names: ["double"], arity: 1, right: (p) => `${p} * 2`, wrong: [(p) => `${p} / 2`, (p) => `${p} + 2`] },
  { names: ["half"], arity: 1, right: (p) => `${p} / 2`, wrong: [(p) => `${p} * 2`, (p) => `${p} - 2`] },
  { names: ["increment"], arity: 1, right: (p) => `${p} + 1`, wrong: [(p) => `${p} - 1`] },
  { names: ["decrement"], arity: 1, right: (p) => `${p} - 1`, wrong: [(p) => `${p} + 1`] },
  { names: ["negate"], arity: 1, right: (p) => `-${p}`, wrong: [(p) => `${p}`] },
  { names: ["isEven"], arity: 1, right: (p) => `${p} % 2 === 0`, wrong: [(p) => `${p} % 2 === 1`] },
  { names: ["isOdd"], arity: 1, right: (p) => `${p} % 2 === 1`, wrong: [(p) => `${p} % 2 === 0`] },
  { names: ["isPositive"], arity: 1, right: (p) => `${p} > 0`, wrong: [(p) => `${p} < 0`] },
  { names: ["isNegative"], arity: 1, right: (p) => `${p} < 0`, wrong: [(p) => `${p} > 0`] }
]

const PARAMETERS: ReadonlyArray<readonly [string, string]> = [
  ["a", "b"],
  ["a", "b"],
  ["a", "b"],
  ["x", "y"],
  ["x", "y"],
  ["m", "n"],
  ["left", "right"],
  ["first", "second"],
  ["p", "q"]
]

interface Written {
  readonly name: string
  readonly right: string
  readonly wrong: string | undefined
  readonly heading: string
}

const draw = (rng: Rng, family: Family, parameters: readonly [string, string]): Written => {
  const name = rng.pick(family.names)
  const [p, q] = parameters
  return {
    name,
    right: `  return ${family.right(p, q)};`,
    wrong: family.wrong.length === 0 ? undefined : `  return ${rng.pick(family.wrong)(p, q)};`,
    heading: `export function ${name}(${family.arity === 2 ? `${p}, ${q}` : p}) {`
  }
}

/** A function that has nothing to be fixed, so that copying other code is learned too. */
const bystander = (rng: Rng, parameters: readonly [string, string]): Written => {
  const p = rng.chance(0.5) ? parameters[0] : word(rng)
  const body = rng.pick([
    `${p}.trim()`,
    `${p}.length`,
    `${p}.${word(rng)}`,
    `${word(rng)}(${p})`,
    `${p} ?? ${rng.below(100)}`,
    `[${p}, ${word(rng)}]`
  ])
  return {
    name: identifier(rng),
    right: `  return ${body};`,
    wrong: undefined,
    heading: `export function ${identifier(rng)}(${p}) {`
  }
}

const functionLines = (written: Written, body: string): ReadonlyArray<string> => [written.heading, body, "}"]

/** The file tool's answer: the lines around a change, numbered as they now are. */
const neighbourhood = (path: string, all: ReadonlyArray<string>, from: number, to: number): string =>
  [
    `Edited ${path}, lines ${from} to ${to}:`,
    ...all.map((line, index) => ({ line, number: index + 1 }))
      .filter(({ number }) => number >= from - 2 && number <= to + 2)
      .map(({ line, number }) => `${number}\t${line}`)
  ].join("\n")

interface Project {
  readonly path: string
  readonly files: ReadonlyArray<string>
  readonly functions: ReadonlyArray<Written>
  readonly parameters: readonly [string, string]
  readonly spare: Family
}

const project = (rng: Rng): Project => {
  const parameters = rng.pick(PARAMETERS)
  const families = rng.shuffle(FAMILIES)
  const count = 1 + rng.below(3)
  const functions = families.slice(0, count).map((family) =>
    rng.chance(0.15) ? bystander(rng, parameters) : draw(rng, family, parameters)
  )
  const folder = rng.chance(0.6) ? "src" : directory(rng)
  const name = rng.chance(0.2) ? "calc" : stem(rng)
  const path = `${folder}/${name}.js`
  const tests = rng.chance(0.8) ? "test" : "tests"
  const present = [path, `${tests}/${name}.test.js`, "package.json"]
  const files = rng.chance(0.5) ? [...new Set([...present, "README.md"])].sort() : scatteredFiles(rng, present)
  return { path, files, functions, parameters, spare: families[count] as Family }
}

const join = (functions: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> =>
  functions.flatMap((lines, index) => index === 0 ? lines : ["", ...lines])

const content = (all: ReadonlyArray<string>): string => all.join("\n") + "\n"

const WRITE = {
  names: ["write"],
  verbs: [
    "overwrite",
    "overwrite the file",
    "overwrite it",
    "rewrite the file",
    "rewrite the whole file",
    "write the whole file",
    "use write"
  ]
}
const EDIT_LINES = { names: ["edit_lines", "the edit_lines tool"], verbs: ["use edit_lines", "edit lines"] }
const EDIT = { names: ["edit", "the edit tool"], verbs: ["use edit", "use the edit tool"] }

const reading = (rng: Rng, path: string, lines: ReadonlyArray<string>): Prelude =>
  rng.chance(0.9)
    ? { call: { tool: "read", arguments: { path } }, result: readResult(lines) }
    : { call: bash(`cat ${path}`), result: lines.join("\n") }

interface TestRun {
  readonly followUps: ReadonlyArray<Prelude>
  readonly closing: string
}

/** Whether the model runs the tests after its change, and its last words. */
const verification = (rng: Rng, share: number): TestRun => {
  if (!rng.chance(share)) return { followUps: [], closing: "Done." }
  const failed = rng.chance(0.2) ? 1 + rng.below(3) : 0
  return {
    followUps: [testRun(rng, failed)],
    closing: failed > 0 ? "Done, but a test fails." : "Done. The tests pass."
  }
}

const testRun = (rng: Rng, failed: number): Prelude => {
  const count = 1 + rng.below(9) + failed
  const names = Array.from(
    { length: 1 + rng.below(3) },
    () => `✔ ${word(rng)} (${rng.below(9)}.${rng.below(999999)}ms)`
  )
  return {
    call: bash("npm test"),
    result: rng.pick([
      `\n> ${word(rng)}@1.0.0 test\n> node --test\n\n${names.join("\n")}\nℹ tests ${count}\nℹ pass ${
        count - failed
      }\nℹ fail ${failed}`,
      `> test\n> node --test\n\nTAP version 13\n# tests ${count}\n# pass ${count - failed}\n# fail ${failed}`,
      `ℹ tests ${count}\nℹ suites 0\nℹ pass ${count - failed}\nℹ fail ${failed}\nℹ cancelled 0\nℹ skipped ${
        rng.below(3)
      }\nℹ todo 0\nℹ duration_ms ${rng.below(999)}.${rng.below(9999)}`
    ])
  }
}

const FIX_TASKS = [
  "fix the test",
  "fix the tests",
  "fix the failing test",
  "the test fails, fix it",
  "make the tests pass",
  "the tests fail",
  "fix the bug",
  "there is a bug, fix it",
  "fix {f}",
  "fix {f} in {p}",
  "fix the bug in {p}",
  "{f} is wrong, fix it",
  "fix the function {f}"
]
const FIX_HELD_OUT = [
  "please fix the test",
  "make the failing test pass",
  "the bug is in {p}, fix it",
  "fix the bug in {f}"
]
const ADD_TASKS = [
  "add a {f} function",
  "add a {f} function to {p}",
  "add {f} to {p}",
  "write a {f} function",
  "we need a {f} function",
  "add the function {f}",
  "{p} needs a {f} function"
]
const ADD_HELD_OUT = [
  "please add a {f} function",
  "we need the function {f} in {p}",
  "write the function {f}",
  "add a function {f}"
]

const taskText = (rng: Rng, templates: ReadonlyArray<string>, name: string, path: string): string =>
  rng.pick(templates).replaceAll("{f}", () => name).replaceAll("{p}", () => path)

const fix: Situation = {
  kind: "fix",
  draw: (rng, heldOut): Scene => {
    const drawn = project(rng)
    // Which function is wrong is more than this model can see; in its world it is the last one.
    const target = drawn.functions.length - 1
    const written = drawn.functions[target]
    if (written?.wrong === undefined) return fix.draw(rng, heldOut)
    const wrong = written.wrong
    const before = join(drawn.functions.map((one, index) => functionLines(one, index === target ? wrong : one.right)))
    const after = join(drawn.functions.map((one) => functionLines(one, one.right)))
    const line = before.findIndex((text, index) => text === wrong && before[index - 1] === written.heading) + 1
    const alternatives: ReadonlyArray<Alternative> = [
      {
        id: "write",
        weight: 0.7,
        ...WRITE,
        call: { tool: "write", arguments: { path: drawn.path, content: content(after) } },
        result: `Wrote ${drawn.path} (${after.length} lines).`
      },
      {
        id: "edit_lines",
        weight: 0.18,
        ...EDIT_LINES,
        call: {
          tool: "edit_lines",
          arguments: { path: drawn.path, start_line: line, end_line: line, content: written.right }
        },
        result: neighbourhood(drawn.path, after, line, line)
      },
      {
        id: "edit",
        weight: 0.12,
        ...EDIT,
        call: {
          tool: "edit",
          arguments: {
            path: drawn.path,
            old: `${written.heading}\n${wrong}`,
            new: `${written.heading}\n${written.right}`
          }
        },
        result: neighbourhood(drawn.path, after, line - 1, line)
      }
    ]
    return {
      kind: "fix",
      files: drawn.files,
      task: taskText(rng, heldOut ? FIX_HELD_OUT : FIX_TASKS, written.name, drawn.path),
      preludes: [reading(rng, drawn.path, before)],
      alternatives,
      ...verification(rng, 0.8),
      slots: {}
    }
  }
}

const extend: Situation = {
  kind: "extend",
  draw: (rng, heldOut): Scene => {
    const drawn = project(rng)
    const buggy = rng.chance(0.3) ? rng.below(drawn.functions.length) : -1
    const before = join(
      drawn.functions.map((one, index) => functionLines(one, index === buggy ? one.wrong ?? one.right : one.right))
    )
    const added = draw(rng, drawn.spare, drawn.parameters)
    const addedLines = functionLines(added, added.right)
    const after = [...before, "", ...addedLines]
    const end = before.length + 1
    const lastHeading = before.lastIndexOf((drawn.functions.at(-1) as Written).heading)
    const tail = before.slice(lastHeading)
    const alternatives: ReadonlyArray<Alternative> = [
      {
        id: "write",
        weight: 0.7,
        ...WRITE,
        call: { tool: "write", arguments: { path: drawn.path, content: content(after) } },
        result: `Wrote ${drawn.path} (${after.length} lines).`
      },
      {
        id: "edit_lines",
        weight: 0.18,
        ...EDIT_LINES,
        call: {
          tool: "edit_lines",
          arguments: { path: drawn.path, start_line: end, end_line: end, content: ["", ...addedLines].join("\n") }
        },
        result: neighbourhood(drawn.path, after, end, after.length)
      },
      {
        id: "edit",
        weight: 0.12,
        ...EDIT,
        call: {
          tool: "edit",
          arguments: { path: drawn.path, old: tail.join("\n"), new: [...tail, "", ...addedLines].join("\n") }
        },
        result: neighbourhood(drawn.path, after, lastHeading + 1, after.length)
      }
    ]
    return {
      kind: "extend",
      files: drawn.files,
      task: taskText(rng, heldOut ? ADD_HELD_OUT : ADD_TASKS, added.name, drawn.path),
      preludes: [reading(rng, drawn.path, before)],
      alternatives,
      ...verification(rng, 0.5),
      slots: {}
    }
  }
}

const newFile: Situation = {
  kind: "new-test",
  draw: (rng, heldOut): Scene => {
    const name = stem(rng)
    const folder = rng.chance(0.5) ? "src" : directory(rng)
    const path = `${folder}/${name}.js`
    const subject = word(rng)
    const body = (from: string): string => `import * as ${subject} from "${from}";\n`
    const place = (
      id: string,
      weight: number,
      target: string,
      from: string,
      names: ReadonlyArray<string>,
      verbs: ReadonlyArray<string>
    ): Alternative => ({
      id,
      weight,
      names,
      verbs,
      call: { tool: "write", arguments: { path: target, content: body(from) } },
      result: `Wrote ${target} (1 lines).`
    })
    const tasks = heldOut
      ? ["please start a test for {p} named {s}", "make a new test file for {p}, import it as {s}"]
      : [
        "start a test for {p}, import it as {s}",
        "create a test file for {p}, import {s}",
        "make a test for {p} named {s}"
      ]
    return {
      kind: "new-test",
      files: listingAround(rng, [path]),
      task: rng.pick(tasks).replaceAll("{p}", () => path).replaceAll("{s}", () => subject),
      preludes: [],
      alternatives: [
        place("test-folder", 0.7, `test/${name}.test.js`, `../${path}`, ["the test folder", "test/"], [
          "use the test folder",
          "use test/"
        ]),
        place("beside", 0.18, `${folder}/${name}.test.js`, `./${name}.js`, ["the same folder", `${folder}/`], [
          "use the same folder"
        ]),
        place("spec", 0.12, `spec/${name}.spec.js`, `../${path}`, ["the spec folder", "spec/"], [
          "use the spec folder",
          "use spec/"
        ])
      ],
      followUps: [],
      closing: `The test file for ${path} is there.`,
      slots: {}
    }
  }
}

export const codeSituations: ReadonlyArray<Situation> = [fix, extend, newFile]
