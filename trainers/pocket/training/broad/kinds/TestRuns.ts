import { type Kind, way } from "../Kind.ts"
import { noise } from "./Noise.ts"

/** Running all tests. */
export const testRunKinds: ReadonlyArray<Kind> = [
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
  }
]
