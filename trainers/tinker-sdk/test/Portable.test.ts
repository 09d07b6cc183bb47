import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"

const root = new URL("../", import.meta.url)
const rooms = ["client", "promise", "transport", "wire"]

const files = [
  "index.ts",
  "TinkerError.ts",
  ...rooms.flatMap((room) =>
    readdirSync(new URL(room, root), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => `${room}/${name}`)
  )
].map((name) => ({ name, code: readFileSync(new URL(name, root), "utf8") }))

describe("the core", () => {
  it("imports effect and the protobuf runtime, and nothing else", () => {
    const wrong = files.flatMap(({ code, name }) =>
      Array.from(code.matchAll(/^(?:import|export)[^"\n]*(?:\n[^"]*?)?from "([^"]+)"/gm), ([, from]) => from ?? "")
        .filter((from) => !/^(\.{1,2}\/|effect\/|@bufbuild\/protobuf(\/|$))/.test(from))
        .map((from) => `${name}: ${from}`)
    )
    assert.deepStrictEqual(wrong, [])
    assert.isAbove(files.length, 40)
  })

  it("uses no API that only Node has", () => {
    const wrong = files.filter(({ code }) => /\bnode:|\bprocess\.|\bBuffer\b|\brequire\(|\b__dirname\b/.test(code))
    assert.deepStrictEqual(wrong.map(({ name }) => name), [])
  })

  it("stays within its own folder", () => {
    const wrong = files.filter(({ code, name }) => {
      const depth = name.split("/").length - 1
      return Array.from(code.matchAll(/from "((?:\.\.\/)+)/g), ([, ups]) => (ups ?? "").length / 3).some((up) =>
        up > depth
      )
    })
    assert.deepStrictEqual(wrong.map(({ name }) => name), [])
  })

  it("keeps the wire format to itself", () => {
    const wrong = files.filter(({ code, name }) => !name.startsWith("wire/") && code.includes("@bufbuild"))
    assert.deepStrictEqual(wrong.map(({ name }) => name), [])
  })
})
