import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { prefixOf } from "./bash/Arity.ts"
import { LONGEST_COMMAND, needsOfCommand } from "./Needs.ts"

const commands = (script: string) =>
  Effect.map(
    needsOfCommand(script),
    ({ needs }) =>
      needs.flatMap((need) => need.kind === "run" ? [`${need.words.join(" ")}${need.open ? " …" : ""}`] : [])
  )

describe("what a command needs", () => {
  it.effect("is what its wrappers start", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
        ["timeout 5 npm test", ["npm test"]],
        ["timeout -k 3 -s KILL 5 npm test", ["npm test"]],
        ["nice -n 5 nohup npm test", ["npm test"]],
        ["env -u A npm test", ["npm test"]],
        ["command rm x", ["rm x"]],
        ["/usr/bin/rm x", ["rm x"]],
        ["./rm x", ["./rm x"]],
        ["time -p ls", ["ls"]],
        ["find . -name x | xargs -0 -n 1 rm", ["find . -name x", "rm …"]],
        ["find . -exec rm {} +", ["find . -exec rm {} +", "rm {} + …"]],
        ["sudo -u root rm x", ["sudo -u root rm x", "rm x"]],
        ["env PATH=/x npm test", ["env PATH=/x npm test", "npm test"]],
        ["timeout --strange 5 npm test", ["timeout --strange 5 npm test", "npm test"]],
        ["bash -c 'rm x && ls'", ["rm x", "ls"]],
        ["bash -lc \"sh -c 'rm x'\"", ["rm x"]],
        ["eval rm x", ["rm x"]],
        ["bash script.sh", ["bash script.sh"]]
      ]
      for (const [script, expected] of cases) assert.deepStrictEqual(yield* commands(script), expected, script)
    }))

  it.effect("counts the files that it names and that redirects open", () =>
    Effect.gen(function*() {
      const { needs } = yield* needsOfCommand("cat --file=.env ../x -v https://a/b > out 2> /dev/null")
      assert.deepStrictEqual(needs.flatMap((need) => "path" in need ? [`${need.kind} ${need.path}`] : []), [
        "read .env",
        "read ../x",
        "write out"
      ])
    }))

  it.effect("always asks about what destroys much, and about what is too long to read", () =>
    Effect.gen(function*() {
      const catastrophes = [
        "rm -rf /",
        "rm -r -f ~",
        "rm --recursive --force \"$HOME\"",
        "rm -rf -- /*",
        "rm -rf ~/*",
        "rm -rf .",
        "rm -fr ../..",
        "rm -rf /usr/",
        "rm -rf //",
        "rm -rf /./",
        "rm -rf $X/",
        "sudo rm -rf /etc",
        "cd a && rm -rf *",
        "bash -c 'rm -rf ~'",
        "timeout 5 rm -rf /home/ada",
        "chmod -R 777 /",
        "find / -delete",
        "dd if=x of=/dev/sda",
        "echo x > /dev/sda",
        "mkfs.ext4 /dev/sdb",
        "mv ~ /tmp/x"
      ]
      for (const script of catastrophes) assert.isNotEmpty((yield* needsOfCommand(script)).always, script)
      for (
        const script of [
          "rm -rf dist",
          "rm -rf ./node_modules",
          "rm x",
          "chmod 644 a",
          "find . -name x",
          "mv a b",
          "dd if=a of=b"
        ]
      ) {
        assert.deepStrictEqual((yield* needsOfCommand(script)).always, [], script)
      }
      assert.isEmpty((yield* needsOfCommand("#".repeat(LONGEST_COMMAND))).always)
      assert.isNotEmpty((yield* needsOfCommand("#".repeat(LONGEST_COMMAND + 1))).always)
    }))
})

describe("the beginning of a command that a grant names", () => {
  const prefix = (command: string) => prefixOf(command.split(" "))?.join(" ")

  it("is as many words as say what it does", () => {
    const cases: ReadonlyArray<readonly [string, string | undefined]> = [
      ["ls -la src", "ls"],
      ["git status -s", "git status"],
      ["git remote add x y", "git remote add"],
      ["npm test", "npm test"],
      ["npm run build -- --watch", "npm run build"],
      ["npx vitest run", "npx vitest"],
      ["python -m pytest -q", "python -m pytest"],
      ["docker compose up", "docker compose up"],
      ["npm", undefined],
      ["npm run", undefined],
      ["git -C x status", undefined],
      ["rm -rf dist", undefined],
      ["bash -c ls", undefined],
      ["node -e 1", undefined],
      ["curl x", undefined],
      ["sudo ls", undefined],
      ["docker run x", undefined],
      ["git config alias.x y", undefined]
    ]
    for (const [command, expected] of cases) assert.strictEqual(prefix(command), expected, command)
  })
})
