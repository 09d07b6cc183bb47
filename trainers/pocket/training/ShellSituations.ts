import { identifier, packageName, path, stem, word } from "./Names.ts"
import type { Rng } from "./Rng.ts"
import { type Alternative, bash, type PlainCall, type Prelude, type Scene, type Situation } from "./Situation.ts"
import { listingAround } from "./Listing.ts"
import { readResult } from "./ReadResult.ts"

/** Task templates use `{x}`, `{y}` for the drawn names. */
interface Draft {
  readonly slots: Readonly<Record<string, string>>
  readonly alternatives: ReadonlyArray<Alternative>
  readonly files: ReadonlyArray<string>
  readonly closing: string
}

interface Template {
  readonly kind: string
  readonly tasks: ReadonlyArray<string>
  readonly heldOutTasks: ReadonlyArray<string>
  readonly draw: (rng: Rng) => Draft
}

const way = (
  id: string,
  weight: number,
  call: PlainCall,
  names: ReadonlyArray<string>,
  verbs: ReadonlyArray<string>,
  result: string
): Alternative => ({ id, weight, call, names, verbs, result })

const nothing: ReadonlyArray<Prelude> = []

const situation = (template: Template): Situation => ({
  kind: template.kind,
  draw: (rng, heldOut): Scene => {
    const draft = template.draw(rng)
    const task = Object.entries(draft.slots).reduce(
      (text, [slot, value]) => text.replaceAll(`{${slot}}`, () => value),
      rng.pick(heldOut ? template.heldOutTasks : template.tasks)
    )
    return {
      kind: template.kind,
      files: draft.files,
      task,
      preludes: nothing,
      alternatives: draft.alternatives,
      followUps: nothing,
      closing: draft.closing,
      slots: draft.slots
    }
  }
})

const CODE = [".js", ".ts", ".py", ".go", ".rs", ".java"]
const TEXT = [".md", ".txt", ".json", ".yml", ".js", ".ts", ".py", ".css"]

const lines = (rng: Rng, count: number, make: () => string): string =>
  Array.from({ length: 1 + rng.below(count) }, make).join("\n")

const prose = (rng: Rng): string => Array.from({ length: 1 + rng.below(5) }, () => word(rng)).join(" ")

const search = situation({
  kind: "search",
  tasks: [
    "where is {x} used",
    "where is {x} used?",
    "find {x} in the code",
    "search for {x}",
    "who calls {x}?",
    "find all uses of {x}",
    "where do we use {x}",
    "search the project for {x}",
    "look for {x} in the code"
  ],
  heldOutTasks: [
    "find where {x} is used",
    "search the code for {x}",
    "where in the project is {x}?",
    "look for all uses of {x}"
  ],
  draw: (rng) => {
    const x = identifier(rng)
    const hits = lines(rng, 3, () => `${path(rng, CODE)}:${1 + rng.below(90)}: ${x}(${word(rng)})`)
    return {
      slots: { x },
      files: listingAround(rng, []),
      closing: `${x} is used in the files above.`,
      alternatives: [
        way("bash-grep", 0.7, bash(`grep -rn "${x}" .`), ["bash", "bash grep", "grep -rn"], [
          "use bash for this",
          "use bash",
          "grep through bash",
          "search with bash"
        ], hits),
        way(
          "grep",
          0.18,
          { tool: "grep", arguments: { pattern: x } },
          ["grep", "the grep tool"],
          ["use the grep tool"],
          hits
        ),
        way("rg", 0.08, bash(`rg "${x}"`), ["rg", "ripgrep"], ["use rg"], hits),
        way("git-grep", 0.04, bash(`git grep "${x}"`), ["git grep"], ["use git grep"], hits)
      ]
    }
  }
})

const show = situation({
  kind: "show",
  tasks: [
    "show me {x}",
    "show {x}",
    "what is in {x}?",
    "open {x}",
    "print {x}",
    "let me see {x}",
    "what does {x} say",
    "display {x}"
  ],
  heldOutTasks: ["open {x} please", "let me see what is in {x}", "show me what {x} says", "print {x} for me"],
  draw: (rng) => {
    const x = path(rng, TEXT)
    const text = lines(rng, 4, () => prose(rng))
    return {
      slots: { x },
      files: listingAround(rng, [x]),
      closing: `That is ${x}.`,
      alternatives: [
        way("cat", 0.7, bash(`cat ${x}`), ["bash", "cat", "bash cat"], [
          "use bash for this",
          "use bash",
          "cat files",
          "use cat"
        ], text),
        way("read", 0.18, { tool: "read", arguments: { path: x } }, ["read", "the read tool"], [
          "use the read tool",
          "use read"
        ], readResult(text.split("\n"))),
        way("head", 0.08, bash(`head -n 40 ${x}`), ["head"], ["use head"], text),
        way("less", 0.04, bash(`less ${x}`), ["less"], ["use less"], text)
      ]
    }
  }
})

const find = situation({
  kind: "find",
  tasks: [
    "find all {x} files",
    "list all {x} files",
    "which {x} files are there?",
    "list the {x} files",
    "find every {x} file",
    "show all {x} files"
  ],
  heldOutTasks: ["find the {x} files", "which {x} files do we have?", "list every {x} file", "show me all {x} files"],
  draw: (rng) => {
    const x = rng.chance(0.5) ? rng.pick([".js", ".ts", ".py", ".md", ".json", ".css", ".go", ".rs"]) : `.${word(rng)}`
    const hits = lines(rng, 4, () => path(rng, [x]))
    return {
      slots: { x },
      files: listingAround(rng, []),
      closing: `These are the ${x} files.`,
      alternatives: [
        way("find", 0.7, bash(`find . -name "*${x}"`), ["bash", "find", "bash find"], [
          "use bash for this",
          "use bash",
          "use find",
          "find files with bash"
        ], hits),
        way("glob", 0.18, { tool: "glob", arguments: { pattern: `**/*${x}` } }, ["glob", "the glob tool"], [
          "use the glob tool"
        ], hits),
        way("ls", 0.08, bash(`ls -R | grep "${x}"`), ["ls"], ["use ls"], hits),
        way("git-ls", 0.04, bash(`git ls-files "*${x}"`), ["git ls-files"], ["use git ls-files"], hits)
      ]
    }
  }
})

const python = situation({
  kind: "python-install",
  tasks: [
    "install {x} for python",
    "add the python package {x}",
    "install the python package {x}",
    "we need {x} in python",
    "add {x} to the python project",
    "python needs {x}"
  ],
  heldOutTasks: [
    "we need the python package {x}",
    "add {x} for python",
    "install {x} in the python project",
    "the python project needs {x}"
  ],
  draw: (rng) => {
    const x = packageName(rng)
    const result = rng.pick([
      `Installed ${x}.`,
      `Successfully installed ${x}-${rng.below(9)}.${rng.below(20)}`,
      `added ${x}`
    ])
    return {
      slots: { x },
      files: listingAround(rng, ["pyproject.toml"]),
      closing: `${x} is installed.`,
      alternatives: [
        way("pip", 0.7, bash(`pip install ${x}`), ["pip"], ["use pip", "pip install", "install with pip"], result),
        way("uv", 0.14, bash(`uv add ${x}`), ["uv", "uv add"], ["use uv"], result),
        way("poetry", 0.1, bash(`poetry add ${x}`), ["poetry", "poetry add"], ["use poetry"], result),
        way("conda", 0.06, bash(`conda install ${x}`), ["conda"], ["use conda"], result)
      ]
    }
  }
})

const node = situation({
  kind: "node-install",
  tasks: [
    "install {x}",
    "add {x}",
    "add the package {x}",
    "install the package {x}",
    "we need {x}",
    "add {x} to the dependencies",
    "add {x} to package.json"
  ],
  heldOutTasks: ["please install {x}", "we need the package {x}", "add the {x} package", "install {x} for the project"],
  draw: (rng) => {
    const x = packageName(rng)
    const result = rng.pick([
      `added ${1 + rng.below(9)} packages`,
      `+ ${x} ${rng.below(9)}.${rng.below(20)}.${rng.below(9)}`,
      `added ${x}`
    ])
    return {
      slots: { x },
      files: listingAround(rng, ["package.json"]),
      closing: `${x} is installed.`,
      alternatives: [
        way("npm", 0.7, bash(`npm install ${x}`), ["npm", "npm install"], [
          "use npm",
          "npm install",
          "install with npm"
        ], result),
        way("pnpm", 0.14, bash(`pnpm add ${x}`), ["pnpm", "pnpm add"], ["use pnpm"], result),
        way("yarn", 0.1, bash(`yarn add ${x}`), ["yarn", "yarn add"], ["use yarn"], result),
        way("bun", 0.06, bash(`bun add ${x}`), ["bun", "bun add"], ["use bun"], result)
      ]
    }
  }
})

const test = situation({
  kind: "test-run",
  tasks: [
    "run the tests",
    "run all tests",
    "test the project",
    "are the tests green?",
    "do the tests pass?",
    "check the tests",
    "run the test suite"
  ],
  heldOutTasks: ["please run the tests", "do all tests pass?", "run the project tests", "test it"],
  draw: (rng) => {
    const passed = rng.below(30)
    const failed = rng.chance(0.25) ? 1 + rng.below(5) : 0
    const result = rng.pick([
      `# pass ${passed}\n# fail ${failed}`,
      `tests ${passed + failed}\npass ${passed}\nfail ${failed}`,
      `ℹ pass ${passed}\nℹ fail ${failed}`
    ])
    return {
      slots: {},
      files: listingAround(rng, ["package.json"]),
      closing: failed > 0 ? "Some tests fail." : "The tests pass.",
      alternatives: [
        way(
          "npm-test",
          0.7,
          bash("npm test"),
          ["npm", "npm test"],
          ["use npm", "run npm test", "use npm test"],
          result
        ),
        way("node-test", 0.14, bash("node --test"), ["node --test", "node"], ["use node --test"], result),
        way("vitest", 0.1, bash("npx vitest run"), ["vitest", "npx vitest run"], ["use vitest"], result),
        way("jest", 0.06, bash("npx jest"), ["jest", "npx jest"], ["use jest"], result)
      ]
    }
  }
})

const commit = situation({
  kind: "commit",
  tasks: [
    "commit this as {x}",
    "commit with the message {x}",
    "commit: {x}",
    "make a commit {x}",
    "commit everything as {x}",
    "commit the change as {x}"
  ],
  heldOutTasks: [
    "please commit this as {x}",
    "commit the change with the message {x}",
    "make a commit with the message {x}"
  ],
  draw: (rng) => {
    const x = `${rng.pick(["fix", "add", "update", "remove", "rename"])} ${identifier(rng)}`
    const result = `[main ${Array.from({ length: 7 }, () => "0123456789abcdef".charAt(rng.below(16))).join("")}] ${x}`
    return {
      slots: { x },
      files: listingAround(rng, []),
      closing: "It is committed.",
      alternatives: [
        way("add-all", 0.7, bash(`git add -A && git commit -m "${x}"`), ["git add -A", "git add"], [
          "use git add -A",
          "add everything",
          "add all files",
          "use git add"
        ], result),
        way("am", 0.16, bash(`git commit -am "${x}"`), ["git commit -am", "-am"], ["use -am"], result),
        way(
          "signed",
          0.09,
          bash(`git commit -s -am "${x}"`),
          ["git commit -s", "a signed commit", "-s"],
          ["use -s"],
          result
        ),
        way("patch", 0.05, bash(`git commit -p -m "${x}"`), ["git commit -p", "-p"], ["use -p"], result)
      ]
    }
  }
})

const remove = situation({
  kind: "delete",
  tasks: [
    "delete {x}",
    "remove {x}",
    "delete the file {x}",
    "get rid of {x}",
    "we do not need {x}, delete it",
    "remove the file {x}"
  ],
  heldOutTasks: ["please delete {x}", "we do not need the file {x}, remove it", "get rid of the file {x}"],
  draw: (rng) => {
    const x = path(rng, TEXT)
    return {
      slots: { x },
      files: listingAround(rng, [x]),
      closing: `${x} is gone.`,
      alternatives: [
        way(
          "rm",
          0.7,
          bash(`rm -rf ${x}`),
          ["rm", "rm -rf"],
          ["use rm", "use rm -rf", "delete with rm"],
          "(no output)"
        ),
        way("git-rm", 0.16, bash(`git rm ${x}`), ["git rm"], ["use git rm"], `rm '${x}'`),
        way("trash", 0.14, bash(`trash ${x}`), ["trash", "the trash"], ["use trash"], "(no output)")
      ]
    }
  }
})

const rename = situation({
  kind: "rename",
  tasks: ["rename {x} to {y}", "move {x} to {y}", "{x} should be {y}", "call {x} {y}", "rename the file {x} to {y}"],
  heldOutTasks: ["please rename {x} to {y}", "move the file {x} to {y}", "the file {x} should be {y}"],
  draw: (rng) => {
    const extension = rng.pick(TEXT)
    const x = path(rng, [extension])
    const y = path(rng, [extension])
    return {
      slots: { x, y },
      files: listingAround(rng, [x]),
      closing: `${x} is now ${y}.`,
      alternatives: [
        way("mv", 0.7, bash(`mv ${x} ${y}`), ["mv"], ["use mv", "move with mv"], "(no output)"),
        way("git-mv", 0.18, bash(`git mv ${x} ${y}`), ["git mv", "git"], ["use git mv"], "(no output)"),
        way("cp", 0.12, bash(`cp ${x} ${y}`), ["cp", "a copy"], ["use cp"], "(no output)")
      ]
    }
  }
})

const push = situation({
  kind: "push",
  tasks: ["push", "push it", "push this", "push the branch", "push my work", "send it to the server"],
  heldOutTasks: ["please push", "push the work", "push my branch"],
  draw: (rng) => {
    const result = `To ${word(rng)}\n   ${word(rng)}..${word(rng)}  main -> main`
    return {
      slots: {},
      files: listingAround(rng, []),
      closing: "It is pushed.",
      alternatives: [
        way("push", 0.7, bash("git push"), ["git push"], ["use git push", "push to main"], result),
        way(
          "head",
          0.14,
          bash("git push origin HEAD"),
          ["git push origin HEAD", "origin HEAD"],
          ["use origin HEAD"],
          result
        ),
        way(
          "pr",
          0.1,
          bash("gh pr create --fill"),
          ["gh", "a pull request", "gh pr create"],
          ["open a pull request"],
          result
        ),
        way("lease", 0.06, bash("git push --force-with-lease"), ["--force-with-lease"], ["use force"], result)
      ]
    }
  }
})

const script = situation({
  kind: "python-run",
  tasks: ["run {x}", "run the script {x}", "start {x}", "execute {x}", "run the file {x}"],
  heldOutTasks: ["please run {x}", "start the script {x}", "execute the script {x}"],
  draw: (rng) => {
    const x = path(rng, [".py"])
    const result = rng.chance(0.5) ? "(no output)" : lines(rng, 2, () => prose(rng))
    return {
      slots: { x },
      files: listingAround(rng, [x]),
      closing: `${x} ran.`,
      alternatives: [
        way("python", 0.7, bash(`python ${x}`), ["python"], ["use python", "run it with python"], result),
        way("python3", 0.12, bash(`python3 ${x}`), ["python3"], ["use python3"], result),
        way("uv-run", 0.12, bash(`uv run ${x}`), ["uv", "uv run"], ["use uv"], result),
        way("poetry-run", 0.06, bash(`poetry run python ${x}`), ["poetry", "poetry run"], ["use poetry"], result)
      ]
    }
  }
})

const format = situation({
  kind: "format",
  tasks: ["format {x}", "format the file {x}", "clean up the style of {x}", "make {x} pretty", "fix the style of {x}"],
  heldOutTasks: ["please format {x}", "fix the format of {x}", "make the file {x} pretty"],
  draw: (rng) => {
    const x = path(rng, [".js", ".ts", ".css", ".json"])
    return {
      slots: { x },
      files: listingAround(rng, [x]),
      closing: `${x} is formatted.`,
      alternatives: [
        way(
          "prettier",
          0.7,
          bash(`npx prettier --write ${x}`),
          ["prettier"],
          ["use prettier", "format with prettier"],
          x
        ),
        way("biome", 0.14, bash(`npx biome format --write ${x}`), ["biome"], ["use biome"], x),
        way("dprint", 0.1, bash(`npx dprint fmt ${x}`), ["dprint"], ["use dprint"], x),
        way("deno-fmt", 0.06, bash(`deno fmt ${x}`), ["deno", "deno fmt"], ["use deno"], x)
      ]
    }
  }
})

const branch = situation({
  kind: "branch",
  tasks: ["make a branch {x}", "new branch {x}", "start a branch {x}", "create the branch {x}", "branch {x}"],
  heldOutTasks: ["please make a branch {x}", "create a new branch {x}", "start the branch {x}"],
  draw: (rng) => {
    const x = stem(rng)
    return {
      slots: { x },
      files: listingAround(rng, []),
      closing: `You are on ${x}.`,
      alternatives: [
        way("checkout", 0.7, bash(`git checkout -b ${x}`), ["git checkout", "checkout"], [
          "use checkout",
          "use git checkout"
        ], `Switched to a new branch '${x}'`),
        way(
          "switch",
          0.18,
          bash(`git switch -c ${x}`),
          ["git switch", "switch"],
          ["use switch"],
          `Switched to a new branch '${x}'`
        ),
        way("worktree", 0.12, bash(`git worktree add ../${x} -b ${x}`), ["git worktree", "a worktree"], [
          "use a worktree"
        ], `Preparing worktree (new branch '${x}')`)
      ]
    }
  }
})

const download = situation({
  kind: "download",
  tasks: ["download {x}", "get {x}", "fetch {x}", "download the file {x}"],
  heldOutTasks: ["please download {x}", "fetch the file {x}", "get the file {x}"],
  draw: (rng) => {
    const x = `https://${word(rng)}.${rng.pick(["com", "org", "dev", "io"])}/${stem(rng)}${
      rng.pick([".zip", ".json", ".txt", ".csv"])
    }`
    return {
      slots: { x },
      files: listingAround(rng, []),
      closing: "It is downloaded.",
      alternatives: [
        way("curl", 0.7, bash(`curl -O ${x}`), ["curl"], ["use curl", "download with curl"], "(no output)"),
        way("wget", 0.18, bash(`wget ${x}`), ["wget"], ["use wget"], "(no output)"),
        way("aria2c", 0.12, bash(`aria2c ${x}`), ["aria2c", "aria"], ["use aria2c"], "(no output)")
      ]
    }
  }
})

export const shellSituations: ReadonlyArray<Situation> = [
  search,
  show,
  find,
  python,
  node,
  test,
  commit,
  remove,
  rename,
  push,
  script,
  format,
  branch,
  download
]
