import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { Access } from "../../core/permissions/Access.ts"
import { rulesOf } from "../../core/permissions/Defaults.ts"
import { Permissions } from "../../core/permissions/Permissions.ts"
import { listed, type PermissionSet, reachOf } from "../../core/permissions/PermissionSet.ts"
import { Runner, type RunnerCommand } from "../../core/Runner.ts"
import { Workspace } from "../../core/Workspace.ts"
import { hasBubblewrap } from "../testing/Bubblewrap.ts"
import { bubblewrap } from "./index.ts"

const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin" }

interface Project {
  readonly root: string
  readonly home: string
}

/** A project with protected files, in a home folder with secrets. */
const inProject = <A, E>(
  use: (project: Project) => Effect.Effect<
    A,
    E,
    Runner | Access | FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner | Scope.Scope
  >,
  granted: PermissionSet = {}
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const home = yield* Effect.flatMap(fs.makeTempDirectoryScoped({ prefix: "continualcode-bwrap-" }), fs.realPath)
    const root = `${home}/project`
    const write = (path: string, text: string) =>
      fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true }).pipe(
        Effect.andThen(fs.writeFileString(path, text))
      )
    yield* write(`${home}/.ssh/id_ed25519`, "HOMEKEY")
    yield* write(`${home}/notes.txt`, "notes")
    yield* write(`${home}/beside/g`, "")
    yield* write(`${root}/src/a.js`, "1")
    yield* write(`${root}/.git/config`, "[core]")
    yield* write(`${root}/.env`, "TOKEN=SECRET")
    yield* write(`${root}/packages/b/.env.local`, "TOKEN=SECRET")
    yield* write(`${root}/keys/server.pem`, "SECRET")
    yield* write(`${root}/.husky/pre-commit`, "true")
    yield* write(`${root}/agent.ts`, "export {}")
    yield* write(`${root}/.continualcode/project.json`, "{}")
    yield* fs.symlink(`${root}/.env`, `${root}/link`)
    yield* fs.symlink(home, `${root}/out`)
    return yield* use({ root, home }).pipe(
      Effect.provide(Layer.merge(bubblewrap, Access.layer({ state: `${root}/.continualcode` }))),
      Effect.provide(
        Permissions.layer({
          sources: [{ scope: "flag", name: "flags", rules: rulesOf(granted) }],
          home,
          save: () => Effect.void
        })
      ),
      Effect.provide(Workspace.layer(root, { home }))
    )
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

/** Runs a shell command as the agent's commands are run. */
const shell = Effect.fnUntraced(function*(
  root: string,
  script: string,
  more: Partial<Pick<RunnerCommand, "permissions">> = {}
) {
  const { contain } = yield* Runner
  const given = more.permissions ?? (yield* (yield* Access).ofCommand(script))
  // Node may lie below /tmp, which a command does not see.
  const { allow, deny } = reachOf(given.read, true)
  const permissions = {
    ...given,
    read: { allow: [...(allow === true ? ["/"] : listed(allow)), dirname(process.execPath)], deny }
  }
  const contained = yield* contain({ argv: ["sh", "-c", script], cwd: root, env, ...more, permissions })
  const [program, ...args] = contained.argv
  const handle = yield* ChildProcess.make(program, args, {
    cwd: contained.cwd,
    env: contained.env,
    stdin: "ignore",
    forceKillAfter: "1 second"
  })
  const output = yield* Stream.mkString(Stream.decodeText(handle.all))
  const code = yield* handle.exitCode
  return { code, output, refusal: contained.refusal({ code, output }) }
}, Effect.scoped)

describe("bubblewrap", () => {
  it.live.skipIf(!hasBubblewrap)(
    "lets a command write inside the project and nowhere else",
    () =>
      inProject(({ home, root }) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          assert.strictEqual((yield* shell(root, "echo 2 > src/a.js && mkdir new && echo 3 > new/b.js")).code, 0)
          assert.strictEqual(yield* fs.readFileString(`${root}/src/a.js`), "2\n")
          for (const target of ["/usr/x", "/etc/x", "/var/x"]) {
            const { code, refusal } = yield* shell(root, `echo x > '${target}'`)
            assert.notStrictEqual(code, 0, target)
            assert.include(refusal ?? "", "did not let it write outside the project", target)
          }
          for (const target of [`${home}/x`, "../x", "out/x"]) yield* shell(root, `echo x > '${target}'`)
          assert.isFalse(yield* fs.exists(`${home}/x`))
        })
      )
  )

  it.live.skipIf(!hasBubblewrap)(
    "keeps a command from changing protected places, however it tries",
    () =>
      inProject(({ root }) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          const attempts = [
            "echo x >> .git/config",
            "echo x > .git/hooks-pre-commit",
            "rm -rf .git",
            "mv .git .gone",
            "echo x >> agent.ts",
            "rm agent.ts",
            "echo x > .husky/pre-commit",
            "echo x > .continualcode/project.json",
            "mv .env other",
            "ln .env other",
            "cp keys/server.pem other"
          ]
          for (const attempt of attempts) assert.notStrictEqual((yield* shell(root, attempt)).code, 0, attempt)
          assert.strictEqual(yield* fs.readFileString(`${root}/.git/config`), "[core]")
          assert.strictEqual(yield* fs.readFileString(`${root}/.env`), "TOKEN=SECRET")
          assert.strictEqual(yield* fs.readFileString(`${root}/agent.ts`), "export {}")
          assert.isFalse(yield* fs.exists(`${root}/other`))
        })
      )
  )

  it.live.skipIf(!hasBubblewrap)(
    "hides secrets of the project and of the home folder from reading",
    () =>
      inProject(({ home, root }) =>
        Effect.gen(function*() {
          const secrets = [".env", "link", "packages/b/.env.local", "keys/server.pem", `${home}/.ssh/id_ed25519`]
          for (const secret of secrets) {
            const { code, output, refusal } = yield* shell(root, `cat '${secret}'`)
            assert.notStrictEqual(code, 0, secret)
            assert.notMatch(output, /SECRET|HOMEKEY/)
            if (secret !== "link") assert.include(refusal ?? "", "is protected", secret)
          }
          const moved = yield* shell(
            root,
            "mv packages moved; cat moved/b/.env.local; mv moved packages; grep -r TOKEN ."
          )
          assert.notInclude(moved.output, "SECRET")
          assert.strictEqual((yield* shell(root, "cat .git/config agent.ts")).output, "[core]export {}")
        })
      )
  )

  it.live.skipIf(!hasBubblewrap)(
    "reaches no host, not even this one, unless the network is granted",
    () =>
      inProject(({ root }) =>
        Effect.gen(function*() {
          const server = createServer((socket) => socket.end("hello"))
          yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
          server.listen(0, "127.0.0.1")
          yield* Effect.promise(() => once(server, "listening"))
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          const connect =
            `'${process.execPath}' -e "require('net').connect(${port},'127.0.0.1').on('data',(d)=>console.log(String(d))).on('error',(e)=>{console.log(e.code);process.exit(1)})"`
          const closed = yield* shell(root, connect)
          assert.strictEqual(closed.code, 1)
          const lookup = yield* shell(root, `'${process.execPath}' -e "fetch('http://example.com')"`)
          assert.include(lookup.refusal ?? "", "did not let it use the network")
          const open = yield* shell(root, connect, { permissions: { net: true } })
          assert.strictEqual(open.output, "hello\n")
          const some = yield* shell(root, connect, { permissions: { net: ["127.0.0.1"] } })
          assert.strictEqual(some.code, 1, "a list of hosts cannot be held, so none is reached")
        })
      )
  )

  it.live.skipIf(!hasBubblewrap)("opens what rules grant, and that alone", () =>
    inProject(
      ({ home, root }) =>
        Effect.gen(function*() {
          assert.strictEqual((yield* shell(root, "cat .env")).output, "TOKEN=SECRET")
          assert.notStrictEqual((yield* shell(root, "cat packages/b/.env.local")).code, 0)
          assert.strictEqual((yield* shell(root, `echo x > ${home}/beside/f`)).code, 0)
          assert.strictEqual((yield* shell(root, "echo true > .husky/pre-commit")).code, 0)
          assert.notStrictEqual((yield* shell(root, "echo x >> agent.ts")).code, 0)
          assert.notStrictEqual((yield* shell(root, "echo x > src/a.js")).code, 0)
          const fs = yield* FileSystem.FileSystem
          assert.strictEqual(yield* fs.readFileString(`${home}/beside/f`), "x\n")
        }),
      { read: [".env"], write: { allow: ["~/beside", ".husky"], deny: ["src"] } }
    ))

  it.live.skipIf(!hasBubblewrap)(
    "lets git write its data, but not its hooks and settings; other commands neither",
    () =>
      inProject(({ root }) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          yield* fs.remove(`${root}/.git`, { recursive: true })
          const git = "git -c user.name=a -c user.email=a@b"
          assert.strictEqual((yield* shell(root, "git init -q . && git add src")).code, 0)
          assert.strictEqual((yield* shell(root, `${git} commit -qm first`)).code, 0)
          assert.notStrictEqual((yield* shell(root, "git config alias.x '!true'")).code, 0)
          assert.notStrictEqual((yield* shell(root, "git status; echo x > .git/hooks/pre-commit")).code, 0)
          assert.notStrictEqual((yield* shell(root, "echo x > .git/HEAD")).code, 0)
        })
      )
  )

  it.live.skipIf(!hasBubblewrap)(
    "gives a session one temporary folder of its own, and hides the machine's and its sockets",
    () =>
      inProject(({ root }) =>
        Effect.gen(function*() {
          assert.strictEqual((yield* shell(root, "echo kept > /tmp/f; echo \"$TMPDIR\"")).output, "/tmp\n")
          assert.strictEqual((yield* shell(root, "cat /tmp/f; ls /run")).output, "kept\n")
          const fs = yield* FileSystem.FileSystem
          assert.isFalse(yield* fs.exists("/tmp/f"))
        })
      )
  )

  it.live.skipIf(!hasBubblewrap)(
    "shows only what is listed where reading is a list",
    () =>
      inProject(({ home, root }) =>
        Effect.gen(function*() {
          const permissions = { read: [root] }
          assert.strictEqual((yield* shell(root, "cat src/a.js", { permissions })).output, "1")
          assert.notStrictEqual((yield* shell(root, `cat ${home}/notes.txt`, { permissions })).code, 0)
          assert.notStrictEqual((yield* shell(root, "echo 2 > src/a.js", { permissions })).code, 0)
        })
      )
  )

  it.live.skipIf(!hasBubblewrap)(
    "says what it could not start, as its own failure",
    () =>
      inProject(({ root }) =>
        Effect.gen(function*() {
          const { code, refusal } = yield* shell(`${root}/gone`, "true", { permissions: {} })
          assert.notStrictEqual(code, 0)
          assert.match(refusal ?? "", /^the sandbox \(bubblewrap\) could not start it: Can't chdir/)
          assert.strictEqual((yield* shell(root, "false")).refusal, undefined)
          assert.strictEqual((yield* shell(root, "echo Read-only file system")).refusal, undefined)
        })
      )
  )

  it.live.skipIf(!hasBubblewrap)("leaves no process when the agent is killed", () =>
    Effect.gen(function*() {
      const agent = spawn(process.execPath, [fileURLToPath(new URL("../testing/Contained.ts", import.meta.url))])
      const gone = once(agent, "close")
      const [first] = yield* Effect.promise(() => Promise.race([once(agent.stdout, "data"), gone]))
      const mark = String(first).trim()
      assert.match(mark, /^mark-/)
      const alive = Effect.map(
        ChildProcess.make("ps", ["-eo", "args"]).pipe(
          Effect.flatMap(({ stdout }) => Stream.mkString(Stream.decodeText(stdout))),
          Effect.scoped
        ),
        (all) => all.split("\n").filter((line) => line.includes(mark)).length
      )
      assert.isAbove(yield* alive, 1)
      agent.kill("SIGKILL")
      yield* Effect.promise(() => gone)
      yield* alive.pipe(Effect.repeat({ until: (count) => count === 0 }))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
