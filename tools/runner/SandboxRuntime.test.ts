import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { once } from "node:events"
import { createServer } from "node:http"
import type { PermissionSet } from "../../core/permissions/PermissionSet.ts"
import { Runner } from "../../core/Runner.ts"
import { sandboxRuntime } from "./index.ts"
import { hostsOf } from "./SandboxRuntime.ts"

/** Why it cannot be had here, or undefined. */
const problem = await Effect.runPromise(
  Runner.use(() => Effect.succeed(undefined)).pipe(
    Effect.provide(sandboxRuntime),
    Effect.catchTag("RunnerError", ({ message }) => Effect.succeed(message)),
    Effect.provide(NodeServices.layer)
  )
)
if (problem !== undefined) process.stderr.write(`Skipped what needs sandbox-runtime: ${problem}\n`)

const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LD_LIBRARY_PATH: process.env["LD_LIBRARY_PATH"] ?? "" }

describe("sandbox-runtime", () => {
  it("allows the hosts that are listed and have nothing to do with a denied one", () => {
    assert.deepStrictEqual(hostsOf({ net: ["a.com", "*.b.com"] }), ["a.com", "*.b.com"])
    assert.deepStrictEqual(hostsOf({ net: { allow: ["a.com", "*.b.com", "c.com"], deny: ["x.b.com", "*.c.com"] } }), [
      "a.com",
      "c.com"
    ])
    assert.deepStrictEqual(hostsOf({ net: { allow: ["a.com", "x.b.com"], deny: ["*.b.com", "a.com"] } }), [])
    assert.deepStrictEqual([hostsOf({}), hostsOf({ net: { allow: ["a.com"], deny: true } })], [[], []])
  })

  it.live.skipIf(problem === undefined)(
    "says what to install where it cannot be had",
    () =>
      Effect.sync(() =>
        assert.match(problem ?? "", /sandbox-runtime (is not installed|cannot work on this machine).*Install/)
      )
  )

  it.live.skipIf(problem !== undefined)(
    "lets a command reach the hosts that are listed, and write what it may",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* Effect.flatMap(fs.makeTempDirectoryScoped({ prefix: "continualcode-srt-" }), fs.realPath)
        yield* fs.writeFileString(`${folder}/.env`, "TOKEN=SECRET")
        const { run } = yield* Runner
        const shell = (script: string, permissions: PermissionSet) =>
          run({
            argv: ["sh", "-c", script],
            cwd: folder,
            env,
            permissions: { read: { allow: true, deny: [`${folder}/.env`] }, write: [folder], ...permissions },
            limits: { seconds: 15 }
          })
        const written = yield* shell(
          "echo it\\'s > f; cat f; cat .env; echo x > /usr/x; echo y > \"$TMPDIR/y\" && echo tmp",
          {}
        )
        assert.strictEqual(written.stdout, "it's\ntmp\n")
        assert.match(written.stderr, /\.env: Permission denied\n.*Read-only file system/)
        const server = createServer((_, response) => response.end("hello\n"))
        yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
        server.listen(0, "127.0.0.1")
        yield* Effect.promise(() => once(server, "listening"))
        const address = server.address()
        const url = `http://localhost:${typeof address === "object" && address !== null ? address.port : 0}/`
        const get = (permissions: PermissionSet) => shell(`curl -sS -m 10 --noproxy '' '${url}'`, permissions)
        assert.strictEqual((yield* get({ net: ["localhost"] })).stdout, "hello\n")
        for (const net of [["example.com"], { allow: ["localhost"], deny: ["localhost"] }, false]) {
          assert.notInclude((yield* get({ net })).stdout, "hello", JSON.stringify(net))
        }
        assert.strictEqual((yield* shell("echo $HTTP_PROXY", { net: true })).stdout, "\n", "no proxy where all is open")
        assert.match((yield* shell("echo $HTTP_PROXY", { net: ["example.com"] })).stdout, /^http:.*@localhost/)
      }).pipe(Effect.scoped, Effect.provide(sandboxRuntime), Effect.provide(NodeServices.layer)),
    120_000
  )
})
