import { assert, describe, it } from "@effect/vitest"
import { parsePs, parseStat, processesOf } from "./Processes.ts"

describe("processes", () => {
  it("reads a line of /proc/PID/stat, also with a name that looks like one", () => {
    const rest = "S 7 8 9 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 12345 0 0"
    assert.deepStrictEqual(parseStat(`42 (a) S 1 (b) ${rest}`), {
      pid: 42,
      parent: 7,
      group: 8,
      started: 12345,
      short: "a) S 1 (b"
    })
    assert.isUndefined(parseStat(`42 (a) Z ${rest.slice(2)}`))
    assert.isUndefined(parseStat(""))
  })

  it("finds the tree and the group where there is only ps", () => {
    const listing = [
      "    1     0     1 Ss   /sbin/launchd",
      "  100     1   100 S    agent",
      "  200   100   200 S    sh -c make",
      "  201   200   200 R    make all",
      "  202   201   202 S    cc in a group of its own",
      "  203     1   200 S    orphan of the group",
      "  204   200   200 Z    (gone)",
      "  300     1   300 S    somebody else's"
    ].join("\n")
    assert.strictEqual(parsePs(listing).length, 7)
    const mark = { pid: 200, since: 0, variable: "A=b", file: undefined }
    const found = processesOf(mark, [], 100, listing)
    assert.deepStrictEqual(found.map(({ pid }) => pid).sort(), [200, 201, 202, 203])
    // The tree is gone, and what left its group is known from before.
    const later = "  202     1   202 S    cc in a group of its own\n  300     1   300 S    other"
    assert.deepStrictEqual(processesOf(mark, found, 100, later).map(({ pid }) => pid), [202])
  })
})
