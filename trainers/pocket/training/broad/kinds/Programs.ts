import { path } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** Running one file, of tests or a program. */
export const programKinds: ReadonlyArray<Kind> = [
  {
    kind: "test-file",
    weight: 2,
    slots: (rng) => ({ x: path(rng, [".test.ts", ".test.js", ".spec.ts"]) }),
    tasks: "(run|start|execute) (the tests in |the test |){x}|(does|will) {x} pass?|(test|check) {x}|run only {x}",
    heldOutTasks: "give {x} a spin|is {x} green?",
    forbids: "use npm|npm test( here|)|run npm( here|)|use npm test|use the npm script",
    closing: "The tests pass.",
    files: ["{x}", "package.json"],
    ways: [
      way("npm test -- {x}", "npm|the npm script|npm with the file"),
      way("node --test {x}", "node --test|node|node's (own |)(test |)runner|the built-in (test |)runner|plain node"),
      way("npx vitest run {x}", "vitest|npx vitest|npx vitest run", "", "the tests are vitest tests", [
        "vitest.config.ts"
      ]),
      way("npx jest {x}", "jest|npx jest", "", "the tests are jest tests", ["jest.config.js"]),
      way("npx mocha {x}", "mocha|npx mocha"),
      way("npx ava {x}", "ava|npx ava"),
      way("bun test {x}", "bun|bun test", "", "we run on bun", ["bun.lock"]),
      way("deno test {x}", "deno|deno test", "", "", ["deno.json"]),
      way("pnpm test {x}", "pnpm|pnpm test", "", "", ["pnpm-lock.yaml"]),
      way("yarn test {x}", "yarn|yarn test", "", "", ["yarn.lock"]),
      way("npx playwright test {x}", "playwright"),
      way(
        "npm test",
        "all (of them|tests)|the whole suite|npm test without the file|the full suite",
        "run (all of them|them all|everything|the whole suite)",
        "one file is not enough"
      ),
      way("make test", "make|make test", "", "", ["Makefile"]),
      way("{m} test {x}", "{m}|{m} test"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "python-run",
    weight: 3,
    known: true,
    slots: (rng) => ({ x: path(rng, [".py"]) }),
    tasks:
      "(run|start|execute|launch) (the (script|file|program) |){x}|what does {x} (print|do|say)?|(try|test) {x}|let {x} run",
    heldOutTasks: "give {x} a go|have {x} run once",
    forbids: "use python|run (it with |)python|use (the |)system python|call python( directly|)|use plain python",
    closing: "{x} ran.",
    files: ["{x}"],
    ways: [
      way("python {x}", "python"),
      way(
        "python3 {x}",
        "python3|python 3",
        "",
        "there is no python, only python3|python is python 2 here|python is still 2.7 here"
      ),
      way("uv run {x}", "uv|uv run|uv's run", "let uv run it|go through uv", "this is a uv (project|repo)", [
        "pyproject.toml",
        "uv.lock"
      ]),
      way(
        "poetry run python {x}",
        "poetry|poetry run|poetry run python",
        "let poetry run it|go through poetry",
        "this is a poetry (project|repo)",
        ["pyproject.toml", "poetry.lock"]
      ),
      way(
        ".venv/bin/python {x}",
        "the venv|.venv/bin/python|the venv's python|the virtual( |)env(ironment|)|our venv|the python (from|in) .venv",
        "use what's in .venv|take the interpreter of the venv",
        "there is a .venv|the packages are in the venv|we work in a venv"
      ),
      way("pipenv run python {x}", "pipenv|pipenv run", "", "we have a Pipfile", ["Pipfile"]),
      way("pdm run python {x}", "pdm run python"),
      way("pdm run {x}", "pdm|pdm run", "", "", ["pdm.lock"]),
      way("hatch run python {x}", "hatch|hatch run"),
      way("conda run python {x}", "conda|conda run", "", "", ["environment.yml"]),
      way("rye run python {x}", "rye|rye run"),
      way("pypy3 {x}", "pypy|pypy3", "", "cpython is too slow for it"),
      way("ipython {x}", "ipython"),
      way("python3.{n} {x}", "python3.{n}|python 3.{n}|3.{n}", "", "it needs python 3.{n}"),
      way("./{x}", "the shebang|./{x}", "run it directly|execute it directly", "it is executable|it has a shebang"),
      way("time python {x}", "time", "time it|measure how long it takes"),
      way("make run", "make|make run|the run target", "", "", ["Makefile"]),
      way("docker compose run --rm app python {x}", "docker|the container", "run it (in|inside) the container"),
      way("{m} {x}", "{m}", "run it with {m}"),
      way("{m} run {x}", "{m} run")
    ],
    changes: [
      { names: "-u|unbuffered output", does: "turn off (the |)buffering", flag: "-u", of: ["python"] },
      { names: "-X dev|dev mode", flag: "-X dev", of: ["python"] },
      { names: "-i|interactive mode", does: "stay in the (repl|shell) afterwards", flag: "-i", of: ["python"] },
      { names: "-O", flag: "-O", of: ["python"] },
      {
        names: "the argument {w}|{w} as (an |its |)argument|{w} as a parameter",
        does: "(pass|give) it {w}|pass {w} to it",
        facts: "it (needs|wants) the argument {w}",
        replaces: ["{x}", "{x} {w}"],
        of: ["python", "uv run", "poetry run"]
      },
      {
        names: "--{w}",
        does: "(pass|give) it --{w}",
        replaces: ["{x}", "{x} --{w}"],
        of: ["python", "uv run", "poetry run"]
      }
    ]
  },
  {
    kind: "node-run",
    weight: 2,
    slots: (rng) => ({ x: path(rng, [".js", ".mjs", ".ts"]) }),
    tasks:
      "(run|start|execute|launch) (the (script|file|program) |){x}|what does {x} (print|do)?|(try|test) {x}|let {x} run",
    heldOutTasks: "give {x} a go|have {x} run once",
    forbids: "use node|run (it with |)node|call node( directly|)|use plain node",
    closing: "{x} ran.",
    files: ["{x}", "package.json"],
    ways: [
      way("node {x}", "node|nodejs|plain node"),
      way("npx tsx {x}", "tsx|npx tsx", "", "node can't run typescript here"),
      way("bun {x}", "bun|bun run", "let bun run it", "we run on bun", ["bun.lock"]),
      way("deno run {x}", "deno|deno run", "let deno run it", "this is a deno project", ["deno.json"]),
      way("deno run -A {x}", "deno run -A|deno with all permissions"),
      way("npx ts-node {x}", "ts-node|npx ts-node"),
      way("npx vite-node {x}", "vite-node"),
      way("npx nodemon {x}", "nodemon", "restart on changes"),
      way("pnpm exec tsx {x}", "pnpm|pnpm exec tsx"),
      way("npm start", "npm start|npm|the start script"),
      way("./{x}", "the shebang|./{x}", "run it directly"),
      way("time node {x}", "time", "time it|measure how long it takes"),
      way("{m} {x}", "{m}", "run it with {m}"),
      way("{m} run {x}", "{m} run")
    ],
    changes: [
      { names: "--watch|watch mode", does: "watch it", flag: "--watch", of: ["node", "bun", "npx tsx"] },
      {
        names: "--inspect|the debugger|the inspector",
        does: "(open|attach) the debugger",
        flag: "--inspect",
        of: ["node"]
      },
      {
        names: "--env-file=.env|the .env file|.env",
        does: "load (the |).env",
        facts: "it needs the .env",
        flag: "--env-file=.env",
        of: ["node"]
      },
      { names: "--enable-source-maps|source maps", flag: "--enable-source-maps", of: ["node"] },
      {
        names: "the argument {w}|{w} as (an |its |)argument",
        does: "(pass|give) it {w}|pass {w} to it",
        replaces: ["{x}", "{x} {w}"],
        of: ["node", "npx tsx", "bun"]
      },
      { names: "--{w}", does: "(pass|give) it --{w}", replaces: ["{x}", "{x} --{w}"], of: ["node", "npx tsx", "bun"] }
    ]
  },
  {
    kind: "go-run",
    slots: (rng) => ({ x: path(rng, [".go"]) }),
    tasks: "(run|start|execute) (the (file|program) |){x}|what does {x} print?",
    heldOutTasks: "have {x} run once",
    forbids: "use go run|run single files",
    closing: "{x} ran.",
    files: ["{x}", "go.mod"],
    ways: [
      way("go run {x}", "a single file|single files|the one file"),
      way("go run .", "go run .|the whole package|the package", "run the (whole |)package", "one file is not enough"),
      way("go build {x}", "go build", "only build it"),
      way("air", "air"),
      way("make run", "make|make run|the Makefile", "", "", ["Makefile"]),
      way("{m} {x}", "{m}"),
      way("{m} run {x}", "{m} run")
    ],
    changes: [{ names: "-race|the race detector", does: "look for races", flag: "-race", of: ["go run", "go build"] }]
  },
  {
    kind: "shell-run",
    slots: (rng) => ({ x: path(rng, [".sh"]) }),
    tasks: "(run|start|execute|call) (the script |){x}|let {x} run",
    heldOutTasks: "have {x} run once|give {x} a go",
    forbids: "use bash|call bash( directly|)|run (it with |)bash",
    closing: "{x} ran.",
    files: ["{x}"],
    ways: [
      way("bash {x}", "bash"),
      way("sh {x}", "sh|posix sh|a posix shell|plain sh", "", "there is no bash here|it's a posix script"),
      way("zsh {x}", "zsh", "", "it's a zsh script"),
      way("dash {x}", "dash"),
      way("fish {x}", "fish"),
      way("./{x}", "./{x}|the shebang", "run it directly|execute it directly", "it is executable|it has a shebang"),
      way("source {x}", "source", "source it", "it sets variables that we need"),
      way("sudo bash {x}", "sudo", "run it as root", "it needs root"),
      way("bash -x {x}", "-x|bash -x", "trace it|show every command", "I want to see each command"),
      way("bash -e {x}", "-e|bash -e", "stop at the first error"),
      way("shellcheck {x}", "shellcheck", "only check it"),
      way("chmod +x {x} && ./{x}", "chmod first|chmod +x first", "make it executable first"),
      way("{m} {x}", "{m}"),
      way("{m} run {x}", "{m} run")
    ]
  }
]
