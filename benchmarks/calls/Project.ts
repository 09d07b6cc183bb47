import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const files: Readonly<Record<string, string>> = {
  "README.md": "# sums\n\nAdds numbers.\n",
  "package.json": JSON.stringify(
    {
      name: "sums",
      type: "module",
      scripts: { test: "node --test", format: "prettier --write ." }
    },
    null,
    2
  ),
  "old.txt": "nothing needs this\n",
  "src/add.js": "// TODO: more than two\nexport const add = (a, b) => a - b\n",
  "src/mean.js": "import { add } from \"./add.js\"\n\nexport const mean = (a, b) => add(a, b) / 2\n",
  "test/add.test.js":
    "import assert from \"node:assert\"\nimport test from \"node:test\"\nimport { add } from \"../src/add.js\"\n\n"
    + "test(\"adds\", () => assert.equal(add(2, 3), 5))\n"
}

/** A small project in a folder of its own, under git; gives its path. */
export const makeProject = (): string => {
  const root = mkdtempSync(join(tmpdir(), "continualcode-calls-"))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const git = (...args: ReadonlyArray<string>) => execFileSync("git", args, { cwd: root, stdio: "ignore" })
  git("init", "--initial-branch=main")
  git("add", ".")
  git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-m", "begin")
  return root
}
