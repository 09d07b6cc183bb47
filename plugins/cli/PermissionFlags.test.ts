import { assert, describe, it } from "@effect/vitest"
import { takePermissionFlags } from "./PermissionFlags.ts"

const taken = (...argv: ReadonlyArray<string>) => {
  const found = takePermissionFlags(argv)
  return found instanceof Error ? found.message : found
}

describe("permission flags", () => {
  it("allow or deny all of a kind, or what is listed, and add up", () => {
    assert.deepStrictEqual(
      taken(
        "-p",
        "x",
        "--allow-read",
        "--allow-run=git,npm test",
        "--allow-run=ls",
        "--deny-run=git push",
        "--deny-net",
        "seed=1"
      ),
      {
        rest: ["-p", "x", "seed=1"],
        permissions: {
          read: { allow: true, deny: false },
          run: { allow: ["git", "npm test", "ls"], deny: ["git push"] },
          net: { allow: false, deny: true }
        }
      }
    )
    assert.deepStrictEqual(taken("--allow-write=a", "--allow-write"), {
      rest: [],
      permissions: { write: { allow: true, deny: false } }
    })
  })

  it("end at two dashes", () => {
    assert.deepStrictEqual(taken("--", "--allow-read"), { rest: ["--", "--allow-read"], permissions: {} })
  })

  it("that are wrong say what is right", () => {
    assert.match(String(taken("--allow-wirte")), /unknown flag --allow-wirte\. Did you mean --allow-write\?/)
    assert.match(
      String(taken("--deny-run=")),
      /--deny-run= lists nothing\. Write --deny-run for all, or --deny-run=a,b/
    )
  })
})
