import { directory, stem, word } from "../Names.ts"
import type { Rng } from "../Rng.ts"
import { type Alternative, bash, type PlainCall, type Scene } from "../Situation.ts"

/** How people call the built-in tools, by way, and how they forbid the ways that they correct. */
const SPOKEN: Readonly<Record<string, ReadonlyArray<string>>> = {
  grep: [
    "your grep tool",
    "a grep tool",
    "the search tool",
    "your search tool",
    "the built-in search",
    "grep (the tool)"
  ],
  read: [
    "your read tool",
    "a read tool",
    "the file reader",
    "the built-in read",
    "read (the tool)",
    "the tool for reading"
  ],
  glob: ["your glob tool", "a glob tool", "the file finder", "the built-in glob", "glob (the tool)", "a glob"],
  edit_lines: [
    "line edits",
    "a line edit",
    "your line editor",
    "edit_lines on that line",
    "just that line",
    "only the line that's wrong",
    "a minimal diff",
    "the smallest change",
    "a one line change"
  ],
  edit: ["a small edit", "a targeted edit", "your edit tool", "search and replace", "a replace", "the edit function"],
  write: ["your write tool", "the whole file", "a full rewrite"]
}

const SHELL = [
  "shell out",
  "use the shell",
  "go to the shell",
  "run a shell for that",
  "start a shell",
  "use the terminal"
]
const CLOBBER = [
  "clobber files",
  "clobber the file",
  "replace the whole file",
  "rewrite everything",
  "write everything again",
  "throw the file away",
  "touch the rest of the file",
  "dump the whole file"
]

/** What a human forbids when the habit of this kind comes up, beyond the names of its program. */
export const forbidden = (scene: Scene): ReadonlyArray<string> =>
  ["search", "show", "find"].includes(scene.kind)
    ? SHELL
    : ["fix", "extend"].includes(scene.kind)
    ? CLOBBER
    : []

/** The way that is meant by a prohibition which names no other: a built-in tool for the shell, lines for a whole file. */
export const meantBy = (scene: Scene): Alternative | undefined =>
  scene.alternatives.find(({ id }) => ["grep", "read", "glob", "edit_lines"].includes(id))

interface Told {
  readonly call: PlainCall
  readonly names: ReadonlyArray<string>
}

const shell = (command: string, ...names: ReadonlyArray<string>): Told => ({ call: bash(command), names })

const tool = (call: PlainCall, ...names: ReadonlyArray<string>): Told => ({ call, names })

/** Two or three ways with programs that do not exist, so that an unknown name is copied, and those people really have. */
const ways = (rng: Rng, { kind, slots }: Scene): ReadonlyArray<Told> => {
  const { x = "", y = "" } = slots
  const made = `${word(rng)}${rng.chance(0.2) ? String(rng.below(10)) : ""}`
  const sub = rng.chance(0.5) ? rng.pick(["add", "install", "get", "i"]) : word(rng)
  const folder = directory(rng)
  const target = stem(rng)
  switch (kind) {
    case "node-install":
      return [
        shell(`npm install -D ${x}`, "a dev dependency", "--save-dev", "-D", "devDependencies"),
        shell(`npm install --save-exact ${x}`, "an exact version", "--save-exact", "a pinned version"),
        shell(`npm ci`, "npm ci"),
        shell(`deno add npm:${x}`, "deno", "deno add"),
        shell(`pnpm add -D ${x}`, "pnpm add -D", "pnpm with -D"),
        shell(`${made} add ${x}`, made, `${made} add`),
        shell(`${made} ${sub} ${x}`, `${made} ${sub}`)
      ]
    case "python-install":
      return [
        shell(`uv pip install ${x}`, "uv pip", "uv pip install"),
        shell(`python -m pip install ${x}`, "python -m pip", "python -m pip install"),
        shell(`pipx install ${x}`, "pipx", "pipx install"),
        shell(`uv add --dev ${x}`, "uv add --dev", "uv with --dev"),
        shell(`pdm add ${x}`, "pdm", "pdm add"),
        shell(`pixi add ${x}`, "pixi", "pixi add"),
        shell(`${made} add ${x}`, made, `${made} add`),
        shell(`${made} ${sub} ${x}`, `${made} ${sub}`)
      ]
    case "test-run":
      return [
        shell("pnpm test", "pnpm", "pnpm test"),
        shell("yarn test", "yarn", "yarn test"),
        shell("bun test", "bun", "bun test"),
        shell("deno test", "deno", "deno test"),
        shell("pytest", "pytest"),
        shell("uv run pytest", "uv run pytest", "pytest through uv"),
        shell("make test", "make", "make test"),
        shell("cargo test", "cargo", "cargo test"),
        shell("go test ./...", "go test", "go test ./..."),
        shell("npx mocha", "mocha"),
        shell(
          "node --test",
          "node's own runner",
          "node's test runner",
          "the runner of node",
          "the built-in runner of node"
        ),
        shell(`npm run test:${target}`, `test:${target}`, `the script test:${target}`, `npm run test:${target}`),
        shell(`${made} test`, made, `${made} test`),
        shell(`${made} ${target}`, `${made} ${target}`)
      ]
    case "search":
      return [
        shell(`grep -rn "${x}" ${folder}`, `grep in ${folder}/ only`, `only ${folder}/`, `just the ${folder} folder`),
        shell(`grep -rnw "${x}" .`, "whole words", "grep -w"),
        shell(`grep -rni "${x}" .`, "ignoring case", "grep -i"),
        shell(`ag "${x}"`, "ag", "the silver searcher"),
        shell(`${made} "${x}"`, made)
      ]
    case "show":
      return [
        shell(`tail -n 20 ${x}`, "tail", "the last 20 lines", "the end of the file"),
        shell(`bat ${x}`, "bat"),
        shell(`nl ${x}`, "nl"),
        shell(`${made} ${x}`, made),
        tool({ tool: "read", arguments: { path: x, limit: 20 } }, "the read tool with 20 lines")
      ]
    case "find":
      return [
        shell(`fd "${x}"`, "fd"),
        shell(
          `find ${folder} -name "*${x}"`,
          `find in ${folder}/ only`,
          `only ${folder}/`,
          `just the ${folder} folder`
        ),
        tool(
          { tool: "glob", arguments: { pattern: `${folder}/**/*${x}` } },
          `glob in ${folder}`,
          `a glob under ${folder}`
        ),
        shell(`${made} "${x}"`, made)
      ]
    case "commit":
      return [
        shell(`git commit -m "${x}"`, "what is staged", "only what's staged", "a plain git commit -m", "git commit -m"),
        shell("git commit --amend --no-edit", "an amend", "--amend", "git commit --amend"),
        shell(`git commit -am "feat: ${x}"`, "a feat: prefix", "feat:"),
        shell(`git commit -am "fix: ${x}"`, "a fix: prefix", "fix:"),
        shell(`git commit -am "${made}: ${x}"`, `a ${made}: prefix`, `${made}: in front`),
        shell(`git commit -am "${target}"`, `the message ${target}`, `"${target}" as the message`)
      ]
    case "delete":
      return [
        shell(`rm ${x}`, "a plain rm", "rm without -rf", "no -rf"),
        shell(`rm -i ${x}`, "rm -i"),
        shell(`mv ${x} archive/`, "the archive folder", "archive/", "a move to archive/"),
        shell(`mv ${x} ${folder}/`, `a move to ${folder}/`),
        shell(`${made} ${x}`, made)
      ]
    case "rename":
      return [shell(`mv -n ${x} ${y}`, "mv -n"), shell(`mv -i ${x} ${y}`, "mv -i"), shell(`${made} ${x} ${y}`, made)]
    case "push":
      return [
        shell("git switch -c work", "a branch", "a branch first", "a new branch", "a branch of its own"),
        shell(`git push origin ${target}`, `the branch ${target}`, `branch ${target}`, `origin ${target}`),
        shell("git push --force", "--force", "a force push"),
        shell("git push -u origin HEAD", "-u", "git push -u origin HEAD"),
        shell("git pull --rebase", "a pull first", "git pull --rebase", "a rebase first"),
        shell("git push --dry-run", "a dry run", "--dry-run"),
        shell("gh pr create --fill", "a PR", "a pr", "pull requests")
      ]
    case "python-run":
      return [
        shell(`.venv/bin/python ${x}`, "the venv", "our venv", ".venv/bin/python", "the virtual environment"),
        shell(`pdm run ${x}`, "pdm", "pdm run"),
        shell(`python -X dev ${x}`, "python -X dev"),
        shell(`${made} ${x}`, made),
        shell(`${made} run ${x}`, `${made} run`)
      ]
    case "format":
      return [
        shell(`npx prettier --check ${x}`, "prettier --check", "a check only"),
        shell("npm run format", "npm run format", "the format script", "our format script"),
        shell("make fmt", "make", "make fmt"),
        shell(`npx eslint --fix ${x}`, "eslint", "eslint --fix"),
        shell(`npx ${made} ${x}`, made)
      ]
    case "branch":
      return [
        shell(`git checkout -b ${target}`, `the name ${target}`, `${target} as its name`),
        shell(`git checkout -b feature/${x}`, "a feature/ prefix", "feature/ in front"),
        shell(`git checkout -b ${made}/${x}`, `a ${made}/ prefix`, `${made}/ in front`),
        shell(`git checkout -b ${x} main`, "main as the base"),
        shell(`git branch ${x}`, "git branch")
      ]
    case "download":
      return [
        shell(`curl -L -O ${x}`, "curl -L", "curl with -L"),
        shell(`wget -P ${folder} ${x}`, `wget into ${folder}/`, `wget with ${folder} as its folder`),
        shell(`curl -O --output-dir ${folder} ${x}`, `the folder ${folder}`, `${folder}/ as its place`),
        shell(`http --download ${x}`, "httpie", "http --download"),
        shell(`${made} ${x}`, made)
      ]
    default:
      return []
  }
}

/** Ways that nobody takes without being told: made up anew in each scene. */
export const moreWays = (rng: Rng, scene: Scene): ReadonlyArray<Alternative> =>
  ways(rng, scene).map(({ call, names }, index) => ({
    id: `told-${index}`,
    weight: 0,
    call,
    names,
    verbs: names.map((name) => `use ${name}`),
    result: "(no output)"
  }))

/** A way as people name it who do not know its exact name. */
export const spokenNames = ({ id, names }: Alternative): ReadonlyArray<string> => [...names, ...SPOKEN[id] ?? []]
