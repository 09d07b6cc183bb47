import { path, word } from "../../Names.ts"
import { type Change, type Kind, way } from "../Kind.ts"

const noise: ReadonlyArray<Change> = [
  { names: "-q", flag: "-q", of: ["pytest", "uv run pytest", "mvn", "python -m pytest", "poetry run pytest"] },
  {
    names: "less output|no noise|quiet mode",
    does: "(keep it|be) quiet|make it quiet|print less",
    facts: "the output is too long|that's too much output",
    flag: "-q",
    of: ["pytest", "uv run pytest", "mvn", "python -m pytest", "poetry run pytest"]
  },
  { names: "-v", flag: "-v", of: ["pytest", "uv run pytest", "go test", "python -m pytest", "poetry run pytest"] },
  {
    names: "verbose output|more output|verbose mode",
    does: "(make it|be) verbose|show each test|print more",
    facts: "I want to see every test name|I can't see which tests ran",
    flag: "-v",
    of: ["pytest", "uv run pytest", "go test", "python -m pytest", "poetry run pytest"]
  }
]

/** Running tests, programs, scripts and servers. */
export const runningKinds: ReadonlyArray<Kind> = [
  {
    kind: "test-run",
    weight: 5,
    known: true,
    tasks:
      "(run|start|execute) (the |all |all the |our |)tests|run the (test suite|whole suite|unit tests|specs)|(do|will) the tests (pass|work|still pass)?|are the tests (green|ok|passing|fine)?|(test|check) (it|this|the project|everything)|is everything (still |)(green|passing)?|see (if|whether) the tests pass",
    heldOutTasks: "give the test suite a spin|how are the tests doing?",
    forbids: "use npm|npm test( here|)|run npm( here|)|use npm test|run npm test|use the npm script",
    closing: "The tests pass.",
    files: [],
    ways: [
      way("npm test", "npm|npm test|the npm script"),
      way(
        "node --test",
        "node --test|node|node's (own |)(test |)runner|the built-in (node |)(test |)runner|plain node",
        "let node run them|run them with node itself",
        "we have no test framework, node runs them|node runs our tests",
        ["package.json"]
      ),
      way(
        "pnpm test",
        "pnpm|pnpm test",
        "run them with pnpm",
        "this is a pnpm (workspace|repo)|the lockfile is pnpm-lock.yaml",
        ["package.json", "pnpm-lock.yaml"]
      ),
      way(
        "yarn test",
        "yarn|yarn test",
        "run them with yarn",
        "this is a yarn (workspace|repo)|the lockfile is yarn.lock",
        ["package.json", "yarn.lock"]
      ),
      way("bun test", "bun|bun test|bun's (test |)runner", "run them with bun", "we run on bun|bun runs our tests", [
        "package.json",
        "bun.lock"
      ]),
      way("deno test", "deno|deno test", "run them with deno", "this is a deno project|there is a deno.json", [
        "deno.json"
      ]),
      way(
        "npx vitest run",
        "vitest|npx vitest|npx vitest run|vitest run",
        "run them with vitest",
        "we have a vitest.config.ts|the tests are vitest tests|vitest runs our tests",
        ["package.json", "vitest.config.ts"]
      ),
      way(
        "npx jest",
        "jest|npx jest",
        "run them with jest",
        "we have a jest.config.js|the tests are jest tests|jest runs our tests",
        ["package.json", "jest.config.js"]
      ),
      way("npx mocha", "mocha|npx mocha", "run them with mocha", "the tests are mocha tests|there is a .mocharc", [
        "package.json",
        ".mocharc.json"
      ]),
      way("npx ava", "ava|npx ava", "", "the tests are ava tests", ["package.json"]),
      way("npx tap", "tap|node-tap"),
      way(
        "npx playwright test",
        "playwright|npx playwright test|the browser tests",
        "run the browser tests",
        "I mean the browser tests",
        ["playwright.config.ts"]
      ),
      way("npx cypress run", "cypress|npx cypress run|cypress run", "", "", ["cypress.config.js"]),
      way(
        "pytest",
        "pytest|py.test|python",
        "run them with pytest",
        "(this is|it's) (a |)python( project| code|)|the tests are (pytest|python) tests|pytest runs our tests",
        ["pyproject.toml", "tests/test_main.py"]
      ),
      way("python -m pytest", "python -m pytest|pytest as a module"),
      way(
        "uv run pytest",
        "uv|uv run pytest|pytest through uv|uv run",
        "run (pytest|them) through uv",
        "this is a uv (project|repo)",
        ["pyproject.toml", "uv.lock"]
      ),
      way(
        "poetry run pytest",
        "poetry|poetry run pytest|pytest through poetry",
        "run (pytest|them) through poetry",
        "this is a poetry (project|repo)",
        ["pyproject.toml", "poetry.lock"]
      ),
      way("pipenv run pytest", "pipenv|pipenv run pytest", "", "", ["Pipfile"]),
      way(
        "python -m unittest",
        "unittest|python -m unittest|the standard library's runner",
        "run them with unittest",
        "we have plain unittest tests|pytest isn't installed",
        ["main.py", "test_main.py"]
      ),
      way("tox", "tox", "run them with tox", "there is a tox.ini", ["tox.ini"]),
      way("nox", "nox", "", "there is a noxfile.py", ["noxfile.py"]),
      way("hatch test", "hatch|hatch test"),
      way(
        "python manage.py test",
        "manage.py|manage.py test|django|django's (test |)runner",
        "",
        "(this is|it's) a django (project|app)",
        ["manage.py"]
      ),
      way(
        "cargo test",
        "cargo|cargo test|rust",
        "run them with cargo|let cargo (do it|run them)",
        "(this is|it's) (a |)rust( project| code|)|there is a Cargo.toml",
        ["Cargo.toml", "src/lib.rs"]
      ),
      way("cargo nextest run", "nextest|cargo nextest|cargo nextest run"),
      way(
        "go test ./...",
        "go|go test|golang|go test ./...",
        "run them with go|let go (do it|run them)",
        "(this is|it's) a (go|golang) (project|module|repo)|there is a go.mod",
        ["go.mod", "main.go", "main_test.go"]
      ),
      way("gotestsum", "gotestsum"),
      way(
        "mvn test",
        "maven|mvn|mvn test",
        "run them with maven|let maven (do it|run them)",
        "there is a pom.xml|(this is|it's) a maven project",
        ["pom.xml"]
      ),
      way("./mvnw test", "mvnw|./mvnw|the maven wrapper|mvnw test"),
      way(
        "./gradlew test",
        "gradlew|./gradlew|the gradle wrapper|gradlew test",
        "",
        "there is a gradlew|(this is|it's) a (gradle|kotlin|android) project",
        ["build.gradle", "gradlew"]
      ),
      way("gradle test", "gradle|gradle test"),
      way("sbt test", "sbt|sbt test|scala", "", "(this is|it's) a scala project", ["build.sbt"]),
      way(
        "dotnet test",
        "dotnet|dotnet test|.net|the dotnet cli",
        "",
        "(this is|it's) (a |)(c#|.net|dotnet)( project| app|)|there is a csproj",
        ["App.csproj"]
      ),
      way(
        "bundle exec rspec",
        "rspec|bundle exec rspec|bundler|bundle exec",
        "run the specs( with rspec|)",
        "(this is|it's) (a |)ruby( project| code|)|we have specs",
        ["Gemfile", "spec/spec_helper.rb"]
      ),
      way("bin/rails test", "rails|rails test|bin/rails test", "", "(this is|it's) a rails app", [
        "Gemfile",
        "bin/rails"
      ]),
      way("rake test", "rake|rake test", "", "there is a Rakefile", ["Rakefile"]),
      way("vendor/bin/phpunit", "phpunit|vendor/bin/phpunit|php", "", "(this is|it's) (a |)php( project|)", [
        "composer.json",
        "phpunit.xml"
      ]),
      way("vendor/bin/pest", "pest|vendor/bin/pest"),
      way("php artisan test", "artisan|php artisan test|laravel", "", "(this is|it's) a laravel app", ["artisan"]),
      way("composer test", "composer|composer test"),
      way("mix test", "mix|mix test|elixir", "", "(this is|it's) (an |)elixir( project|)|there is a mix.exs", [
        "mix.exs"
      ]),
      way("swift test", "swift|swift test", "", "(this is|it's) a swift package", ["Package.swift"]),
      way("flutter test", "flutter|flutter test", "", "(this is|it's) a flutter app", ["pubspec.yaml"]),
      way("dart test", "dart|dart test"),
      way("zig build test", "zig|zig build test", "", "(this is|it's) a zig project", ["build.zig"]),
      way("stack test", "stack|stack test|haskell"),
      way("ctest --test-dir build", "ctest|cmake", "", "there is a CMakeLists.txt|(this is|it's) (c|c++) with cmake", [
        "CMakeLists.txt"
      ]),
      way("bazel test //...", "bazel|bazel test|bazel test //...", "", "there is a BUILD file", ["MODULE.bazel"]),
      way(
        "make test",
        "make|make test|the make target|the Makefile|the test target",
        "go through make",
        "there is a (Makefile|make target)( for that|)",
        ["Makefile"]
      ),
      way("make check", "make check|the check target"),
      way("just test", "just|just test|the justfile|the just recipe", "go through just", "there is a justfile", [
        "justfile"
      ]),
      way("task test", "task|taskfile|task test|go-task", "", "there is a Taskfile.yml", ["Taskfile.yml"]),
      way("npx turbo run test", "turbo|turborepo|turbo run test", "", "there is a turbo.json", ["turbo.json"]),
      way("npx nx test", "nx|nx test", "", "there is an nx.json", ["nx.json"]),
      way(
        "docker compose run --rm app npm test",
        "the container|docker compose run|docker",
        "run them (in|inside) the container",
        "they only run in the container",
        ["compose.yaml"]
      ),
      way(
        "npm run test:{b}",
        "test:{b}|the test:{b} script|npm run test:{b}|the {b} tests",
        "run the test:{b} script|run (just|only) the {b} tests",
        "there is a test:{b} script"
      ),
      way("npm run {b}", "the {b} script|npm run {b}", "run the {b} script"),
      way("make {b}", "make {b}|the {b} target"),
      way("./{b}.sh", "{b}.sh|./{b}.sh|the script {b}.sh", "run {b}.sh"),
      way("npm test -- {p}", "only {p}|just {p}|the tests (of|in) {p}", "(run|test) only {p}|only run {p}"),
      way("{m} test", "{m}|{m} test", "run them with {m}", "{m} runs our tests"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [
      ...noise,
      {
        names: "--watch|watch mode",
        does: "watch( the files|)|keep it running",
        flag: "--watch",
        of: ["node --test", "bun test", "deno test", "npx jest"]
      },
      {
        names: "coverage|--coverage|a coverage report",
        does: "(measure|collect|show) coverage",
        facts: "I want to see the coverage",
        flag: "--coverage",
        of: ["npm test", "npx vitest", "npx jest", "bun test"]
      },
      { names: "--bail", flag: "--bail", of: ["npx jest", "npx mocha", "npm test"] },
      { names: "-x", flag: "-x", of: ["pytest", "uv run pytest", "python -m pytest", "poetry run pytest"] },
      {
        names: "fail fast",
        does: "stop at the first (failure|error|failing test)",
        flag: "-x",
        of: ["pytest", "uv run pytest", "python -m pytest", "poetry run pytest"]
      },
      {
        names: "--lf|the last failures|the ones that failed",
        does: "(run|repeat) only what failed( last time|)",
        flag: "--lf",
        of: ["pytest", "uv run pytest"]
      },
      {
        names: "-k {w}",
        does: "(select|run) only the tests (called|named|matching) {w}",
        flag: "-k {w}",
        of: ["pytest", "uv run pytest", "poetry run pytest"]
      },
      {
        names: "-race|the race detector|race detection",
        does: "(check|look) for (data |)races|turn on the race detector",
        flag: "-race",
        of: ["go test"]
      },
      {
        names: "-count=1|no test cache",
        does: "skip the (test |)cache",
        facts: "those results are cached",
        flag: "-count=1",
        of: ["go test"]
      },
      { names: "-run {w}", flag: "-run {w}", of: ["go test"] },
      { names: "--release|release mode", does: "test in release mode", flag: "--release", of: ["cargo test"] },
      {
        names: "--workspace|the whole workspace",
        does: "test the whole workspace",
        flag: "--workspace",
        of: ["cargo test"]
      },
      {
        names: "--all-features|all features",
        does: "turn on all features",
        flag: "--all-features",
        of: ["cargo test"]
      },
      { names: "-t {w}", flag: "-t {w}", of: ["npx vitest", "npx jest", "npm test"] },
      {
        names: "only the {d} folder|just {d}/|{d}/ only",
        does: "only (run|test) (what's in |){d}/|limit it to {d}/",
        replaces: ["pytest", "pytest {d}/"],
        of: ["pytest", "uv run pytest", "poetry run pytest", "python -m pytest"]
      },
      {
        names: "only the {d} package|just ./{d}|./{d}/... only",
        does: "only (run|test) ./{d}/...",
        replaces: ["./...", "./{d}/..."],
        of: ["go test"]
      }
    ]
  },
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
  },
  {
    kind: "script",
    weight: 2,
    slots: (rng) => ({ x: word(rng) }),
    tasks: "run the {x} (script|task)|(start|execute|call) the (script|task) {x}|do the {x} (task|step)",
    heldOutTasks: "kick off the {x} task",
    forbids: "use npm|npm run( things|)|run npm( here|)|use npm scripts",
    closing: "{x} ran.",
    ways: [
      way("npm run {x}", "npm|npm run"),
      way(
        "make {x}",
        "make|make {x}|the Makefile|the make target",
        "go through make",
        "it's a make target|there is a Makefile",
        ["Makefile"]
      ),
      way("pnpm {x}", "pnpm|pnpm {x}", "", "this is a pnpm (workspace|repo)|the lockfile is pnpm-lock.yaml", [
        "package.json",
        "pnpm-lock.yaml"
      ]),
      way("pnpm run {x}", "pnpm run"),
      way("yarn {x}", "yarn|yarn {x}", "", "this is a yarn (workspace|repo)|the lockfile is yarn.lock", [
        "package.json",
        "yarn.lock"
      ]),
      way("yarn run {x}", "yarn run"),
      way("bun run {x}", "bun|bun run", "", "we run on bun", ["bun.lock"]),
      way("node --run {x}", "node --run|node|node itself"),
      way("deno task {x}", "deno|deno task", "", "it's in the deno.json", ["deno.json"]),
      way("just {x}", "just|just {x}|the justfile|the just recipe", "", "it's in the justfile|it's a just recipe", [
        "justfile"
      ]),
      way("task {x}", "go-task|the taskfile|task {x}", "", "it's in the Taskfile", ["Taskfile.yml"]),
      way("mise run {x}", "mise|mise run", "", "it's in the mise.toml", ["mise.toml"]),
      way("rake {x}", "rake|rake {x}", "", "it's a rake task", ["Rakefile"]),
      way("bundle exec rake {x}", "bundle exec rake"),
      way("composer {x}", "composer|composer {x}", "", "it's a composer script", ["composer.json"]),
      way("php artisan {x}", "artisan|php artisan", "", "it's an artisan command", ["artisan"]),
      way("python manage.py {x}", "manage.py|django", "", "it's a management command", ["manage.py"]),
      way("uv run {x}", "uv|uv run", "", "this is a uv project", ["uv.lock"]),
      way("poetry run {x}", "poetry|poetry run", "", "this is a poetry project", ["poetry.lock"]),
      way("hatch run {x}", "hatch|hatch run"),
      way("pdm run {x}", "pdm|pdm run"),
      way("invoke {x}", "invoke|pyinvoke", "", "it's in the tasks.py", ["tasks.py"]),
      way("nox -s {x}", "nox|nox -s", "", "it's a nox session", ["noxfile.py"]),
      way("tox -e {x}", "tox|tox -e", "", "it's a tox env", ["tox.ini"]),
      way("cargo xtask {x}", "cargo xtask|xtask"),
      way("cargo run --bin {x}", "cargo|cargo run --bin|rust", "", "it's a cargo binary", ["Cargo.toml"]),
      way("./gradlew {x}", "gradle|gradlew|./gradlew|the gradle wrapper", "", "it's a gradle task", ["build.gradle"]),
      way("mix {x}", "mix|elixir", "", "it's a mix task", ["mix.exs"]),
      way("npx nx run {x}", "nx|nx run", "", "", ["nx.json"]),
      way("npx turbo run {x}", "turbo|turborepo|turbo run", "", "", ["turbo.json"]),
      way("bash scripts/{x}.sh", "scripts/{x}.sh|the shell script|bash", "", "it's in scripts/"),
      way("./bin/{x}", "bin/{x}|the one in bin/", "", "it's in bin/"),
      way("{m} {x}", "{m}"),
      way("{m} run {x}", "{m} run")
    ],
    changes: [
      {
        names: "the {w} workspace|-w {w}|workspace {w}",
        does: "run it in the {w} workspace",
        replaces: ["npm run {x}", "npm run {x} -w {w}"],
        of: ["npm run"]
      },
      { names: "a dry run|-n", does: "(do|make) a dry run", flag: "-n", of: ["make"] }
    ]
  },
  {
    kind: "serve",
    weight: 2,
    tasks:
      "(start|run|launch) (the |)(dev server|app|application|server|site|frontend|backend|service)|(start|run) (it|the project) locally|bring up the (app|server)|I want to see the (app|site)",
    heldOutTasks: "get the app going|spin up the dev server",
    forbids: "use npm|npm start|run npm( here|)|use npm start|use the npm script",
    closing: "It runs.",
    ways: [
      way("npm start", "npm start|npm"),
      way("pnpm dev", "pnpm|pnpm dev", "", "this is a pnpm (workspace|repo)|the lockfile is pnpm-lock.yaml", [
        "package.json",
        "pnpm-lock.yaml"
      ]),
      way(
        "npm run dev",
        "npm run dev|the dev script|dev mode",
        "run the dev script",
        "there is a dev script|start is for production",
        ["package.json"]
      ),
      way("yarn dev", "yarn|yarn dev", "", "this is a yarn (workspace|repo)|the lockfile is yarn.lock", [
        "package.json",
        "yarn.lock"
      ]),
      way("bun dev", "bun|bun dev", "", "we run on bun", ["bun.lock"]),
      way("deno task dev", "deno|deno task|deno task dev", "", "", ["deno.json"]),
      way("npx vite", "vite|npx vite", "", "it's a vite app", ["vite.config.ts"]),
      way("npx next dev", "next|next dev|npx next dev", "", "it's a next app", ["next.config.js"]),
      way("npx ng serve", "angular|ng serve", "", "it's an angular app", ["angular.json"]),
      way("npx astro dev", "astro|astro dev"),
      way("npx wrangler dev", "wrangler|wrangler dev", "", "it's a worker"),
      way("node server.js", "node|node server.js|server.js"),
      way(
        "python manage.py runserver",
        "django|manage.py|runserver|manage.py runserver",
        "",
        "(this is|it's) a django (project|app)",
        ["manage.py"]
      ),
      way("flask run", "flask|flask run", "", "(this is|it's) a flask app", ["app.py"]),
      way("uvicorn main:app --reload", "uvicorn|fastapi|uvicorn main:app", "", "(this is|it's) a fastapi app", [
        "main.py"
      ]),
      way("fastapi dev main.py", "fastapi dev"),
      way("gunicorn app:app", "gunicorn"),
      way("streamlit run app.py", "streamlit|streamlit run", "", "it's a streamlit app"),
      way("python -m http.server", "python|http.server|python's (own |)(http |)server", "", "it's just static files"),
      way("bin/rails server", "rails|rails server|rails s", "", "(this is|it's) a rails app", ["bin/rails"]),
      way("php artisan serve", "artisan|artisan serve|laravel", "", "(this is|it's) a laravel app", ["artisan"]),
      way("php -S localhost:8000", "php|php -S|php's (own |)server"),
      way("mix phx.server", "phoenix|mix phx.server|mix", "", "(this is|it's) a phoenix app", ["mix.exs"]),
      way("go run .", "go|go run|go run .|golang", "", "(this is|it's) a go (project|service)", ["go.mod"]),
      way("cargo run", "cargo|cargo run|rust", "", "(this is|it's) (a |)rust( project|)", ["Cargo.toml"]),
      way("cargo watch -x run", "cargo watch"),
      way("./mvnw spring-boot:run", "spring boot|the maven wrapper|mvnw", "", "(this is|it's) a spring boot app", [
        "mvnw"
      ]),
      way("./gradlew bootRun", "gradle|gradlew|bootRun", "", "", ["gradlew"]),
      way("dotnet run", "dotnet|dotnet run|.net", "", "(this is|it's) (a |)(c#|.net)( app|)", ["App.csproj"]),
      way("dotnet watch", "dotnet watch"),
      way(
        "docker compose up",
        "docker|docker compose|compose|docker compose up|the containers",
        "start the containers",
        "it runs in containers|there is a compose.yaml",
        ["compose.yaml"]
      ),
      way("make dev", "make|make dev|the dev target|the Makefile", "", "there is a make target for that", ["Makefile"]),
      way("make run", "make run|the run target"),
      way("make up", "make up|the up target"),
      way("just dev", "just|just dev|the justfile", "", "there is a justfile", ["justfile"]),
      way("foreman start", "foreman|the Procfile", "", "there is a Procfile", ["Procfile"]),
      way("npm run {b}", "the {b} script|npm run {b}", "run the {b} script"),
      way("./{b}.sh", "{b}.sh|./{b}.sh", "run {b}.sh"),
      way("{m} dev", "{m}|{m} dev"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [
      {
        names: "port {n}|--port {n}|another port, {n}|the port {n}",
        does: "(listen|start it|run it) on (port |){n}|change the port to {n}",
        facts: "3000 is taken, {n} is free|port {n} is free",
        flag: "--port {n}",
        of: ["npm run dev", "npx vite", "flask run", "uvicorn", "npm start"]
      },
      {
        names: "--host|all interfaces",
        does: "(open|expose) it to the network",
        flag: "--host",
        of: ["npm run dev", "npx vite"]
      },
      {
        names: "-d|detached mode|the background",
        does: "(run|start) it in the background|detach it",
        facts: "it blocks my terminal",
        flag: "-d",
        of: ["docker compose up"]
      },
      { names: "--build|a rebuild", does: "rebuild (the images|first)", flag: "--build", of: ["docker compose up"] },
      { names: "--release|release mode", does: "run it in release mode", flag: "--release", of: ["cargo run"] }
    ]
  }
]
