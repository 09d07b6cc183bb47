import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { Workspace } from "../Workspace.ts"
import { rulesOf } from "./Defaults.ts"
import type { ToolNeed } from "./Needs.ts"
import type { PermissionSet } from "./PermissionSet.ts"
import { Permissions, PermissionsError, type RuleSource } from "./Permissions.ts"
import type { Rule } from "./Rule.ts"

const HOME = "/home/ada"

/** A project with a few files and a link to a secret, and the permissions there. */
const withRules = <A, E>(
  sources: ReadonlyArray<RuleSource>,
  use: Effect.Effect<A, E, Permissions | FileSystem.FileSystem>,
  save: (rules: ReadonlyArray<Rule>) => Effect.Effect<void, PermissionsError> = () => Effect.void
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const root = yield* fs.makeTempDirectoryScoped({ prefix: "continualcode-rules-" })
    yield* fs.makeDirectory(`${root}/src`)
    yield* fs.writeFileString(`${root}/.env`, "")
    yield* fs.writeFileString(`${root}/src/a.js`, "")
    yield* fs.symlink(`${root}/.env`, `${root}/src/link.js`)
    return yield* use.pipe(
      Effect.provide(Permissions.layer({ sources, home: HOME, save })),
      Effect.provide(Workspace.layer(root, { home: HOME }))
    )
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const source = (scope: RuleSource["scope"], ...rules: ReadonlyArray<Rule>): RuleSource => ({
  scope,
  name: scope,
  rules
})
const flags = (permissions: PermissionSet) => source("flag", ...rulesOf(permissions))

const judge = (tool: string, ...needs: ReadonlyArray<ToolNeed>) =>
  Permissions.use((permissions) => permissions.judge({ id: "1", tool, arguments: {} }, needs))
const run = (command: string) => judge("bash", { kind: "run", command })
const read = (path: string) => judge("read", { kind: "read", path })
const write = (path: string) => judge("write", { kind: "write", path })
const effectOf = <A extends { readonly effect: string }, E, R>(judged: Effect.Effect<A, E, R>) =>
  Effect.map(judged, ({ effect }) => effect)

describe("permissions", () => {
  it.effect("by default reads in the project run, changes and commands ask, git and our state are closed", () =>
    withRules(
      [],
      Effect.gen(function*() {
        assert.strictEqual(yield* effectOf(read("src/a.js")), "allow")
        assert.strictEqual(yield* effectOf(read(".git/config")), "allow")
        assert.strictEqual(yield* effectOf(read("/etc/passwd")), "ask")
        assert.strictEqual(yield* effectOf(read("../other")), "ask")
        assert.strictEqual(yield* effectOf(write("src/a.js")), "ask")
        assert.strictEqual(yield* effectOf(write(".git/config")), "deny")
        assert.strictEqual(yield* effectOf(write("sub/.continualcode/x")), "deny")
        assert.strictEqual(yield* effectOf(run("ls")), "ask")
        const own = yield* Permissions.use(({ judge }) => judge({ id: "1", tool: "weekday", arguments: {} }, undefined))
        assert.strictEqual(own.effect, "ask")
        assert.deepStrictEqual(own.reasons, [])
      })
    ))

  it.effect("secrets are asked for with the reason, by any name that leads to them", () =>
    withRules(
      [],
      Effect.gen(function*() {
        for (
          const path of [
            ".env",
            "src/link.js",
            ".ENV.local",
            "keys/id_rsa",
            ".aws/credentials",
            ".npmrc",
            "a/.ssh/config",
            "x.pem"
          ]
        ) {
          const { effect, reasons } = yield* read(path)
          assert.strictEqual(effect, "ask", path)
          assert.match(reasons.join(), /secrets|credentials/, path)
        }
        assert.strictEqual(yield* effectOf(read(".env.example")), "allow")
        for (
          const path of [
            "agent.ts",
            ".husky/pre-commit",
            ".npmrc",
            ".envrc",
            ".env",
            "src/link.js",
            "keys/server.pem",
            "id_ed25519"
          ]
        ) {
          const { effect, reasons } = yield* write(path)
          assert.strictEqual(effect, "ask", path)
          assert.isNotEmpty(reasons, path)
        }
      })
    ))

  it.effect("a rule for everything does not reach protected places; one that names them does", () =>
    withRules(
      [flags({ read: true, write: true, run: true })],
      Effect.gen(function*() {
        assert.strictEqual(yield* effectOf(write("src/a.js")), "allow")
        assert.strictEqual(yield* effectOf(run("echo $X > b")), "allow")
        assert.strictEqual(yield* effectOf(read("/etc/passwd")), "allow")
        assert.strictEqual(yield* effectOf(read(".env")), "ask")
        assert.strictEqual(yield* effectOf(write("agent.ts")), "ask")
        assert.strictEqual(yield* effectOf(run("cat .env")), "ask")
        assert.strictEqual(yield* effectOf(run("echo x > .husky/pre-commit")), "ask")
        assert.strictEqual(yield* effectOf(run("cd .husky && echo x > pre-commit")), "ask")
        const inFolder = judge("bash", { kind: "run", command: "echo x > pre-commit", folder: ".husky" })
        assert.strictEqual(yield* effectOf(inFolder), "ask")
      })
    ).pipe(Effect.andThen(withRules(
      [flags({ read: [".env"], write: ["@runs"] })],
      Effect.gen(function*() {
        assert.strictEqual(yield* effectOf(read(".env")), "allow")
        assert.strictEqual(yield* effectOf(read("sub/.env")), "ask")
        assert.strictEqual(yield* effectOf(write(".husky/pre-commit")), "allow")
        assert.strictEqual(yield* effectOf(write(".env")), "ask")
      })
    ))))

  it.effect("a command runs when all of its parts may", () =>
    withRules(
      [flags({ run: ["git status", "npm test", "cat"], write: ["out"] })],
      Effect.gen(function*() {
        const cases: ReadonlyArray<readonly [string, string]> = [
          ["git status -s", "allow"],
          ["git push", "ask"],
          ["git status && npm test", "allow"],
          ["git status && git push", "ask"],
          ["npm tests", "ask"],
          ["timeout 5 npm test", "allow"],
          ["/usr/bin/git status", "allow"],
          ["./git status", "ask"],
          ["sudo npm test", "ask"],
          ["bash -c 'npm test'", "allow"],
          ["npm test > out/log", "allow"],
          ["npm test > log", "ask"],
          ["npm test > out/../log", "ask"],
          ["cd src && npm test > out", "ask"],
          ["cd /etc; cat passwd", "ask"],
          ["npm test > $X", "ask"],
          ["npm test $(git push)", "ask"],
          ["npm test $X", "ask"],
          ["PATH=/x npm test", "ask"],
          ["cat src/a.js", "allow"],
          ["cat src/link.js", "ask"],
          ["cat ~/.ssh/id_rsa", "ask"],
          ["cat /etc/passwd", "ask"],
          ["npm test & npm test", "allow"],
          ["npm test \"", "ask"],
          [`npm test ${"x".repeat(10_001)}`, "ask"]
        ]
        for (const [command, expected] of cases) assert.strictEqual(yield* effectOf(run(command)), expected, command)
      })
    ))

  it.effect("denial of a part denies the whole, also inside what cannot be known", () =>
    withRules(
      [flags({ run: { allow: true, deny: ["rm", "git push"] } })],
      Effect.gen(function*() {
        for (
          const command of [
            "rm x",
            "/bin/rm x",
            "'r'm x",
            "r\\m x",
            "ls; rm x",
            "echo $(rm x)",
            "sudo rm x",
            "find . | xargs rm",
            "sh -c 'rm x'",
            "ls | xargs -I{} rm {}",
            "find . -exec rm {} +",
            "timeout $T rm x",
            "timeout $OPTION 5 rm x",
            "git push -f"
          ]
        ) {
          assert.strictEqual(yield* effectOf(run(command)), "deny", command)
        }
        assert.strictEqual(yield* effectOf(run("git pull")), "allow")
      })
    ))

  it.effect("a beginning that is written with its star means the same", () =>
    withRules(
      [flags({ run: { allow: true, deny: ["git push *"] } })],
      Effect.gen(function*() {
        assert.strictEqual(yield* effectOf(run("git push")), "deny")
        assert.strictEqual(yield* effectOf(run("git push -f")), "deny")
        assert.strictEqual(yield* effectOf(run("git pull")), "allow")
      })
    ))

  it.effect("destroying much is asked for in every mode", () =>
    withRules(
      [flags({ read: true, write: true, run: true })],
      Effect.gen(function*() {
        const { effect, grant, reasons } = yield* run("rm -rf ~")
        assert.strictEqual(effect, "ask")
        assert.match(reasons.join(), /deletes a whole folder tree/)
        assert.isUndefined(grant)
      })
    ))

  it.effect("the last rule that matches counts; a project cannot relax its user's rules, only tighten them", () =>
    withRules(
      [
        source("project", ...rulesOf({ run: ["git", "npm"] }), {
          tool: "bash",
          pattern: "npm publish *",
          effect: "deny"
        }),
        source("user", { tool: "*", kind: "run", pattern: "git push *", effect: "deny", reason: "we push by hand" })
      ],
      Effect.gen(function*() {
        assert.strictEqual(yield* effectOf(run("git pull")), "allow")
        const { effect, reasons, rules } = yield* run("git push")
        assert.deepStrictEqual([effect, reasons, rules], ["deny", ["we push by hand"], ["deny run git push * (user)"]])
        assert.strictEqual(yield* effectOf(run("npm publish")), "deny")
        yield* Permissions.use(({ add }) =>
          add([{ tool: "*", kind: "run", pattern: "npm publish *", effect: "allow" }], "session")
        )
        assert.strictEqual(yield* effectOf(run("npm publish")), "allow")
      })
    ))

  it.effect("examples are checked when a rule is read", () =>
    Effect.gen(function*() {
      const broken = (rule: Rule) => Effect.map(Effect.flip(withRules([source("user", rule)], Effect.void)), String)
      assert.match(
        yield* broken({ tool: "bash", pattern: "git push", effect: "deny", examples: { match: ["git push --force"] } }),
        /user: the rule "deny bash git push" does not match its example git push --force/
      )
      assert.match(
        yield* broken({
          tool: "*",
          kind: "write",
          pattern: "src",
          effect: "allow",
          examples: { other: ["src/secret.js"] }
        }),
        /matches src\/secret\.js, which it says it must not/
      )
    }))

  it.effect("a grant allows what its label says and no more", () =>
    withRules(
      [],
      Effect.gen(function*() {
        const permissions = yield* Permissions
        const cases: ReadonlyArray<readonly [string, string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
          ["npm test -- --watch", "commands beginning with npm test", ["npm test"], [
            "npm run x",
            "npm test; ls",
            "npm test > x"
          ]],
          ["rm -rf dist", "the very command rm -rf dist", ["rm  -rf 'dist'"], [
            "rm -rf dist2",
            "rm -rf dist src",
            "rm -rf"
          ]],
          ["echo 'a  b' \"*\"", "commands beginning with echo", ["echo"], ["echoes"]],
          ["rm 'a  b' \"*\"", "the very command rm \"a  b\" \"*\"", ["rm \"a  b\" '*'"], ["rm 'a  b' x", "rm a b '*'"]],
          [
            "tsc && npm run build > log",
            "commands beginning with tsc; commands beginning with npm run build; changing log",
            ["tsc -p . > log"],
            ["tsc > log2"]
          ]
        ]
        for (const [command, label, allowed, others] of cases) {
          const { grant } = yield* run(command)
          assert.strictEqual(grant?.label, label)
          yield* permissions.add(grant?.rules ?? [], "session")
          assert.strictEqual(yield* effectOf(run(command)), "allow", command)
          for (const one of allowed) assert.strictEqual(yield* effectOf(run(one)), "allow", one)
          for (const one of others) assert.strictEqual(yield* effectOf(run(one)), "ask", one)
          for (const { number, scope } of yield* permissions.rules) {
            if (scope === "session") yield* permissions.revoke((yield* permissions.rules).at(-1)?.number ?? number)
          }
          assert.strictEqual(yield* effectOf(run(command)), "ask", "revoked")
        }
      })
    ))

  it.effect("a grant of a file is of that file, whatever its name", () =>
    withRules(
      [],
      Effect.gen(function*() {
        const permissions = yield* Permissions
        for (const path of ["src/[id].js", "a*b", "~x", "(auth)/page.ts", "{a,b}", "!x", ".env"]) {
          const { grant } = yield* write(path)
          assert.strictEqual(grant?.label, `changing ${path}`)
          yield* permissions.add(grant?.rules ?? [], "session")
          assert.strictEqual(yield* effectOf(write(path)), "allow", path)
        }
        const { grant } = yield* write("./@secret")
        assert.strictEqual(grant?.label, "changing @secret")
        yield* permissions.add(grant?.rules ?? [], "session")
        for (const path of ["src/i.js", "axb", "id_rsa", "a", "b", "x", ".env.local"]) {
          assert.strictEqual(yield* effectOf(write(path)), "ask", path)
        }
      })
    ))

  it.effect("no grant is offered where it could not be shown in full", () =>
    withRules(
      [],
      Effect.gen(function*() {
        const commands = [
          "echo $X",
          "echo a\u200bb",
          "rm 'a\nb'",
          `rm ${"x".repeat(200)}`,
          "a; b; c; d",
          "ls | xargs rm",
          "rm -rf /"
        ]
        for (const command of commands) assert.isUndefined((yield* run(command)).grant, command)
      })
    ))

  it.effect("saved grants are kept and taken back; rules of files are not taken back here", () =>
    Effect.gen(function*() {
      const kept: Array<ReadonlyArray<Rule>> = []
      const rule: Rule = { tool: "*", kind: "run", pattern: "ls *", effect: "allow" }
      yield* withRules(
        [source("user", { tool: "x", effect: "deny" })],
        Effect.gen(function*() {
          const { add, revoke, rules } = yield* Permissions
          yield* add([rule], "saved")
          assert.strictEqual(yield* effectOf(run("ls")), "allow")
          const saved = (yield* rules).find(({ scope }) => scope === "saved")
          assert.deepStrictEqual(yield* revoke(saved?.number ?? 0), rule)
          assert.strictEqual(yield* effectOf(run("ls")), "ask")
          assert.strictEqual((yield* Effect.flip(revoke(99))).reason, "Unknown")
          assert.strictEqual((yield* Effect.flip(revoke(1))).reason, "Fixed")
        }),
        (rules) => Effect.sync(() => void kept.push(rules))
      )
      assert.deepStrictEqual(kept, [[rule], []])
      yield* withRules(
        [],
        Effect.gen(function*() {
          const { add } = yield* Permissions
          yield* Effect.flip(add([rule], "saved"))
          assert.strictEqual(yield* effectOf(run("ls")), "ask")
        }),
        () => Effect.fail(new PermissionsError({ reason: "NotKept", message: "full" }))
      )
    }))
})
