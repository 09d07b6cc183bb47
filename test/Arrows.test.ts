import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** What each room may import of ours, besides itself. Tests beside a module may also use test/. */
const allowed: Readonly<Record<string, ReadonlyArray<string>>> = {
  core: [],
  tools: ["core"],
  trainers: ["core"],
  ui: ["core"],
  plugins: ["core", "tools", "trainers", "ui"],
  test: ["core", "tools", "trainers", "ui", "plugins", "benchmarks", "demo", "docs"],
  benchmarks: ["core", "tools", "trainers", "ui", "plugins", "test", "demo"]
}
const rooms = Object.keys(allowed)

/** Rooms of `trainers/` that all others there may import; in turn `lesson` those after it, and `math` none. */
const shared = ["lesson", "models", "math"]
/** What else they may import of each other: a mixture is of two objectives, and the service has a client of its own. */
const alsoAllowed: Readonly<Record<string, ReadonlyArray<string>>> = {
  lesson: ["models", "math"],
  models: ["math"],
  math: [],
  mixture: ["sdpo", "grpo", ...shared],
  tinker: ["tinker-sdk", ...shared],
  "tinker-sdk": []
}

const withoutComments = (code: string): string =>
  code.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "")

/** Specifiers in `import … from "x"`, `export … from "x"`, `import "x"`, `import("x")` and `new URL("x", import.meta.url)`. */
const specifiersOf = (code: string): ReadonlyArray<string> =>
  Array.from(
    withoutComments(code).matchAll(
      /(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"\n]+)"|new URL\(\s*"(\.[^"\n]+)",\s*import\.meta\.url/g
    ),
    ([, imported, located]) => imported ?? located ?? ""
  )

const own = (specifier: string): string | undefined => {
  if (!/^continualcode(\/|$)/.test(specifier)) return undefined
  const room = specifier.split("/")[1]
  return room !== undefined && rooms.includes(room) ? room : "core"
}

/** The room an import in `file` leads to: undefined for packages. */
const target = (file: string, specifier: string): string | undefined => {
  if (!specifier.startsWith(".")) return own(specifier)
  return relative(root, resolve(root, dirname(file), specifier)).split(sep)[0]
}

const files = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
    .map((name) => join(room, name))
    .filter((name) => /\.(ts|tsx)$/.test(name) && !name.includes("node_modules"))
)

/** Imports that go against the arrows, as sentences. */
const wrongArrows = (file: string, code: string): ReadonlyArray<string> => {
  const room = file.split(sep)[0] ?? ""
  const isTest = /\.test\.tsx?$/.test(file)
  return specifiersOf(code).flatMap((specifier) => {
    const to = target(file, specifier)
    if (to === undefined || to === "" || to === room || !rooms.includes(to)) return []
    const fine = allowed[room]?.includes(to) === true || (isTest && to === "test")
    return fine ? [] : [`${file} imports ${specifier}: ${room} may not import ${to}`]
  })
}

/** Imports of one trainer or objective by another, as sentences. Tests and their helpers may. */
const wrongTrainerArrows = (file: string, code: string): ReadonlyArray<string> => {
  const [room, from = "", rest] = file.split(sep)
  if (
    room !== "trainers" || rest === undefined ||
    /\.test\.ts$|(^|\/)(testing|fixtures)\//.test(file.replaceAll(sep, "/"))
  ) return []
  return specifiersOf(code).flatMap((specifier) => {
    if (!specifier.startsWith(".")) return []
    const [toRoom, to = "", inside] = relative(root, resolve(root, dirname(file), specifier)).split(sep)
    if (toRoom !== "trainers" || inside === undefined || to === from) return []
    return (alsoAllowed[from] ?? shared).includes(to)
      ? []
      : [`${file} imports ${specifier}: ${from} may not import ${to}`]
  })
}

/** Files that `file` imports when it is loaded, or for their types; not those it loads later. */
const staticImports = (file: string, code: string): ReadonlyArray<string> =>
  Array.from(
    withoutComments(code).matchAll(/(?:\bfrom\s*|\bimport\s+)"(\.[^"\n]+)"/g),
    ([, specifier = ""]) => relative(root, resolve(root, dirname(file), specifier))
  )

/** One circle of a graph, its first node repeated at the end; empty when there is none. */
const circleIn = (graph: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<string> => {
  const done = new Set<string>()
  const walk = (node: string, path: ReadonlyArray<string>): ReadonlyArray<string> => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return []
    for (const next of graph.get(node) ?? []) {
      const found = walk(next, [...path, node])
      if (found.length > 0) return found
    }
    done.add(node)
    return []
  }
  for (const node of graph.keys()) {
    const found = walk(node, [])
    if (found.length > 0) return found
  }
  return []
}

describe("import arrows", () => {
  it("point inwards only", () => {
    assert.isAbove(files.length, 100)
    assert.deepStrictEqual(files.flatMap((file) => wrongArrows(file, readFileSync(join(root, file), "utf8"))), [])
  })

  it("trainers and objectives do not know each other, only what they share", () => {
    assert.deepStrictEqual(
      files.flatMap((file) => wrongTrainerArrows(file, readFileSync(join(root, file), "utf8"))),
      []
    )
  })

  it("make no circles, types included", () => {
    const own = files.filter((file) => !/\.test\.tsx?$/.test(file) && !/^(test|benchmarks)/.test(file))
    const graph = new Map(own.map((file) => [file, staticImports(file, readFileSync(join(root, file), "utf8"))]))
    assert.isAbove([...graph.values()].flat().length, 500)
    assert.deepStrictEqual(circleIn(graph), [])
    assert.deepStrictEqual(circleIn(new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", []], ["d", ["b"]]])), [
      "b",
      "d",
      "b"
    ])
  })

  it("relative imports name their file, with its extension", () => {
    const wrong = files.flatMap((file) =>
      specifiersOf(readFileSync(join(root, file), "utf8").replaceAll(/`[^`]*`/g, ""))
        .filter((specifier) => specifier.startsWith(".") && !/\.[a-z]+$|\/$/.test(specifier))
        .map((specifier) => `${file}: ${specifier}`)
    )
    assert.deepStrictEqual(wrong.filter((text) => !/: \.{1,2}(\/\.\.)*$|\/[a-z_-]+$/.test(text)), [])
  })

  it("Effect is imported by module, never through its barrel", () => {
    const wrong = files.filter((file) =>
      specifiersOf(readFileSync(join(root, file), "utf8")).some((specifier) =>
        specifier === "effect" || specifier === "@effect/platform-node"
      )
    )
    assert.deepStrictEqual(wrong.filter((file) => file !== join("test", "Arrows.test.ts")), [])
  })

  it("the check sees a wrong arrow", () => {
    const seen = (file: string, code: string) => wrongArrows(join(...file.split("/")), code).length
    assert.strictEqual(seen("core/A.ts", `import { x } from "../tools/read/Read.ts"`), 1)
    assert.strictEqual(seen("tools/a/A.ts", `const x = await import("../../ui/ink/index.ts")`), 1)
    assert.strictEqual(seen("ui/a/A.ts", `export * from "continualcode/tools"`), 1)
    assert.strictEqual(seen("trainers/A.ts", `import "../test/helpers/X.ts"`), 1)
    assert.strictEqual(seen("trainers/A.test.ts", `import "../test/helpers/X.ts"`), 0)
    assert.strictEqual(seen("tools/a/A.ts", `import type { Tool } from "../../core/Tool.ts"`), 0)
    const among = (file: string, code: string) => wrongTrainerArrows(join(...file.split("/")), code).length
    assert.strictEqual(among("trainers/tinker/A.ts", `import "../gpu/index.ts"`), 1)
    assert.strictEqual(among("trainers/models/hub/A.ts", `import "../../lesson/Turn.ts"`), 1)
    assert.strictEqual(among("trainers/math/A.ts", `import "../models/A.ts"`), 1)
    assert.strictEqual(among("trainers/tinker/A.ts", `import "../models/A.ts"`), 0)
    assert.strictEqual(among("trainers/tinker/A.test.ts", `import "../gpu/index.ts"`), 0)
    assert.strictEqual(among("trainers/gpu/A.ts", `import "../A.ts"`), 0)
  })
})
