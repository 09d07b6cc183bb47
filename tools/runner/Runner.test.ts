import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Runner } from "../../core/Runner.ts"
import { hasBubblewrap } from "../testing/Bubblewrap.ts"
import { none, runner } from "./index.ts"
import { refusalOf } from "./Refusal.ts"
import { seatbeltProfile } from "./SeatbeltProfile.ts"

const chosen = (choice: Parameters<typeof runner>[0], platform: NodeJS.Platform) =>
  Runner.use(Effect.succeed).pipe(Effect.provide(runner(choice, platform)), Effect.provide(NodeServices.layer))

describe("the choice of a runner", () => {
  it.live("auto takes what the machine has, and says why there is none", () =>
    Effect.gen(function*() {
      const linux = yield* chosen("auto", "linux")
      assert.strictEqual(linux.name, hasBubblewrap ? "bubblewrap" : "none")
      for (const platform of ["win32", "darwin"] as const) {
        const { name, note } = yield* chosen("auto", platform)
        if (name === "seatbelt") continue
        assert.strictEqual(name, "none")
        assert.match(note ?? "", /^Commands run with all your rights: /)
      }
      assert.isUndefined((yield* chosen("none", "linux")).note)
    }))

  it.live.skipIf(process.platform === "darwin")(
    "one that is named and cannot be had is an error that says so",
    () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(chosen("seatbelt", "linux"))
        assert.strictEqual(error._tag, "RunnerError")
        assert.match(error.message, /Seatbelt cannot be used here.*sandbox=auto/s)
      })
  )

  it.live("none starts the command as it is, under its limits", () =>
    Effect.gen(function*() {
      const { contain, holds } = yield* Runner
      assert.isFalse(Object.values(holds).some(Boolean))
      const command = { argv: ["ls", "-l"], cwd: "/w", env: { A: "1" }, permissions: {} } as const
      const plain = yield* contain(command)
      assert.deepStrictEqual([plain.argv, plain.cwd, plain.env], [["ls", "-l"], "/w", { A: "1" }])
      const limited = yield* contain({ ...command, limits: { memory: 4096, processes: 3 } })
      assert.deepStrictEqual(limited.argv.slice(3), ["sh", "2097156", "-", "ls", "-l"])
    }).pipe(Effect.provide(none()), Effect.provide(NodeServices.layer)))
})

describe("the Seatbelt profile", () => {
  it("allows what is written down, then denies what is protected", () => {
    assert.strictEqual(
      seatbeltProfile(
        {
          read: { allow: true, deny: ["/w/.env", "/Users/a/.ssh"] },
          write: { allow: ["/w"], deny: ["/w/.git", "/w/\"q\\"] },
          net: false
        },
        "/private/tmp/t"
      ),
      [
        "(version 1)",
        "(allow default)",
        "(deny file-write*)",
        "(allow file-write* (subpath \"/private/tmp/t\") (subpath \"/w\"))",
        "(allow file-write-data (literal \"/dev/null\") (literal \"/dev/zero\") (literal \"/dev/dtracehelper\") (literal \"/dev/tty\"))",
        "(deny file-write* (subpath \"/w/.git\") (subpath \"/w/\\\"q\\\\\"))",
        "(deny file-read* file-write* (subpath \"/w/.env\") (subpath \"/Users/a/.ssh\"))",
        "(deny network*)",
        ""
      ].join("\n")
    )
  })

  it("with the network granted says nothing of it; a list of hosts grants none", () => {
    assert.notInclude(seatbeltProfile({ net: true }, "/t"), "network")
    assert.include(seatbeltProfile({ net: ["example.com"] }, "/t"), "(deny network*)")
    assert.include(seatbeltProfile({ net: { allow: true, deny: ["example.com"] } }, "/t"), "(deny network*)")
  })

  it("shows only what is listed where reading is a list", () => {
    const profile = seatbeltProfile({ read: ["/w"] }, "/t")
    assert.include(profile, "(deny file-read-data)\n(allow file-read-data (literal \"/\")")
    assert.match(profile, /\(subpath "\/w"\)/)
  })
})

describe("a refusal", () => {
  const bounds = { name: "bubblewrap", offline: true, masked: ["/w/.env"] }
  const said = (output: string, code = 1) => refusalOf({ code, output }, bounds)

  it("is told from what a failed command says", () => {
    assert.match(said("touch: cannot touch 'x': Read-only file system") ?? "", /write outside the project/)
    assert.match(said("Error: EROFS: read-only file system") ?? "", /\/permissions allow write$/)
    assert.match(said("cat: .env: Permission denied") ?? "", /use \.env, which is protected/)
    assert.match(said("curl: (6) Could not resolve host: x") ?? "", /use the network/)
    assert.match(said("npm error code EAI_AGAIN") ?? "", /\/permissions allow net$/)
  })

  it("is none where the command worked, failed of itself, or may use the network", () => {
    assert.isUndefined(said("Read-only file system", 0))
    assert.isUndefined(said("1 test failed"))
    assert.isUndefined(said("cat: other: Permission denied"))
    assert.isUndefined(refusalOf({ code: 1, output: "Could not resolve host" }, { ...bounds, offline: false }))
  })
})
