import { path } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** Formatting, linting, checking of types, building. */
export const toolKinds: ReadonlyArray<Kind> = [
  {
    kind: "format",
    weight: 3,
    known: true,
    slots: (rng) => ({ x: path(rng, [".js", ".ts", ".css", ".json", ".tsx"]) }),
    tasks:
      "(format|reformat|tidy( up|)|pretty-print|beautify) {x}|(clean up|fix) the (style|formatting|indentation) (of|in) {x}|make {x} (pretty|nice|tidy)|{x} (is|looks) (badly formatted|messy|ugly)",
    heldOutTasks: "bring {x} into shape|the style of {x} is off",
    forbids: "use prettier|run prettier|format with prettier|call prettier|use npx prettier",
    closing: "{x} is formatted.",
    files: ["{x}", "package.json"],
    ways: [
      way("npx prettier --write {x}", "prettier|npx prettier"),
      way(
        "npx biome format --write {x}",
        "biome|biome format|npx biome",
        "format with biome|let biome do it",
        "we have a biome.json|biome formats our code",
        ["biome.json"]
      ),
      way("npx biome check --write {x}", "biome check"),
      way(
        "npx dprint fmt {x}",
        "dprint|dprint fmt|npx dprint",
        "format with dprint|let dprint do it",
        "we have a dprint.json|dprint formats our code",
        ["dprint.json"]
      ),
      way("deno fmt {x}", "deno|deno fmt|deno's formatter", "let deno do it", "this is a deno project", ["deno.json"]),
      way("npx eslint --fix {x}", "eslint|eslint --fix|npx eslint", "let eslint fix it", "eslint formats our code", [
        "eslint.config.js"
      ]),
      way("npx oxfmt {x}", "oxfmt"),
      way("npx standard --fix {x}", "standard|standardjs"),
      way("npx xo --fix {x}", "xo"),
      way("npx stylelint --fix {x}", "stylelint"),
      way("npx js-beautify -r {x}", "js-beautify"),
      way(
        "npm run format",
        "the format script|npm run format|npm|our format script",
        "run the format script",
        "there is a format script"
      ),
      way("pnpm format", "pnpm|pnpm format", "", "", ["pnpm-lock.yaml"]),
      way("yarn format", "yarn|yarn format", "", "", ["yarn.lock"]),
      way("make fmt", "make|make fmt|the fmt target|the Makefile", "", "there is a make target for that", ["Makefile"]),
      way("make format", "make format|the format target"),
      way("just fmt", "just|just fmt|the justfile", "", "there is a justfile", ["justfile"]),
      way(
        "pre-commit run --files {x}",
        "pre-commit|the pre-commit hook",
        "run the hook",
        "the pre-commit hook does that",
        [".pre-commit-config.yaml"]
      ),
      way("treefmt {x}", "treefmt"),
      way("npx {m} {x}", "{m}", "format with {m}"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "a check( only|)|--check|a look only",
        does: "only check it|check it, (don't|do not) write|leave the file as it is",
        replaces: ["--write", "--check"],
        of: ["npx prettier"]
      },
      {
        names: "all files|everything|the whole (project|folder|repo)",
        does: "format (everything|all files|the whole project)",
        facts: "the other files need it too",
        replaces: ["{x}", "."],
        of: ["npx prettier", "npx biome", "npx eslint"]
      },
      {
        names: "only {d}/|the {d} folder",
        does: "format (all of |everything in |){d}/",
        replaces: ["{x}", "{d}"],
        of: ["npx prettier", "npx biome", "npx eslint"]
      }
    ]
  },
  {
    kind: "format-other",
    weight: 2,
    slots: (rng) => ({
      x: path(rng, [".py", ".rs", ".go", ".c", ".cpp", ".rb", ".sh", ".tf", ".java", ".kt", ".php"])
    }),
    tasks:
      "(format|reformat|tidy( up|)) {x}|(clean up|fix) the (style|formatting|indentation) (of|in) {x}|make {x} (pretty|nice|tidy)|{x} looks (messy|ugly)",
    heldOutTasks: "bring {x} into shape|the style of {x} is off",
    forbids: "use prettier|run prettier|format with prettier|call prettier|use javascript tools",
    closing: "{x} is formatted.",
    files: ["{x}"],
    ways: [
      way("npx prettier --write {x}", "prettier|npx prettier"),
      way("make fmt", "make|make fmt|the fmt target|the Makefile", "", "there is a make target for that", ["Makefile"]),
      way("ruff format {x}", "ruff|ruff format", "format with ruff", "we have a ruff.toml|ruff formats our code", [
        "ruff.toml"
      ]),
      way("uv run ruff format {x}", "uv run ruff|uv|ruff through uv"),
      way("uvx ruff format {x}", "uvx|uvx ruff"),
      way("black {x}", "black|the black formatter", "format with black|let black do it", "black formats our code"),
      way("poetry run black {x}", "poetry|poetry run black"),
      way("isort {x}", "isort", "only sort the imports"),
      way("autopep8 -i {x}", "autopep8"),
      way("yapf -i {x}", "yapf"),
      way("cargo fmt", "cargo|cargo fmt|rust's formatter", "", "it's a cargo project", ["Cargo.toml"]),
      way("rustfmt {x}", "rustfmt", "format with rustfmt"),
      way("gofmt -w {x}", "gofmt|gofmt -w|go|go's formatter", "format with gofmt", "", ["go.mod"]),
      way("go fmt ./...", "go fmt|go fmt ./..."),
      way("goimports -w {x}", "goimports", "sort the imports as well"),
      way("gofumpt -w {x}", "gofumpt"),
      way("clang-format -i {x}", "clang-format|clang", "", "there is a .clang-format", [".clang-format"]),
      way("shfmt -w {x}", "shfmt"),
      way("terraform fmt {x}", "terraform|terraform fmt"),
      way("bundle exec rubocop -a {x}", "rubocop|bundle exec rubocop", "", "", ["Gemfile"]),
      way("vendor/bin/php-cs-fixer fix {x}", "php-cs-fixer"),
      way("vendor/bin/pint {x}", "pint"),
      way("google-java-format -i {x}", "google-java-format"),
      way("./gradlew spotlessApply", "spotless|gradle|gradlew", "", "", ["gradlew"]),
      way("ktlint -F {x}", "ktlint"),
      way("dotnet format", "dotnet|dotnet format"),
      way("mix format {x}", "mix|mix format"),
      way("zig fmt {x}", "zig|zig fmt"),
      way("swift format -i {x}", "swift format|swift"),
      way("just fmt", "just|just fmt|the justfile", "", "", ["justfile"]),
      way("pre-commit run --files {x}", "pre-commit|the pre-commit hook", "run the hook"),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "a check( only|)|--check|a look only",
        does: "only check it|leave the file as it is",
        flag: "--check",
        of: ["ruff format", "black", "rustfmt", "cargo fmt"]
      },
      { names: "--diff|the diff only", does: "only show the diff", flag: "--diff", of: ["black", "ruff format"] },
      {
        names: "line length {n}|{n} columns|--line-length {n}",
        flag: "--line-length {n}",
        of: ["black", "ruff format"]
      }
    ]
  },
  {
    kind: "lint",
    weight: 2,
    tasks:
      "(lint|run the linter on) (the project|everything|the code|this)|run the linter|lint|(are there|any) (lint|linter) (errors|warnings)?|check the code (style|for problems)",
    heldOutTasks: "have the linter look at it",
    forbids: "use eslint|run eslint|lint with eslint|call eslint directly",
    closing: "The linter is done.",
    ways: [
      way("npx eslint .", "eslint|npx eslint"),
      way(
        "npm run lint",
        "npm|npm run lint|the lint script|our lint script",
        "run the lint script|use our script",
        "there is a lint script",
        ["package.json"]
      ),
      way("pnpm lint", "pnpm|pnpm lint", "", "this is a pnpm repo", ["pnpm-lock.yaml"]),
      way("yarn lint", "yarn|yarn lint", "", "this is a yarn repo", ["yarn.lock"]),
      way("bun lint", "bun|bun lint", "", "we run on bun", ["bun.lock"]),
      way("npx biome lint .", "biome|biome lint|npx biome", "lint with biome", "we have a biome.json", ["biome.json"]),
      way("npx biome check .", "biome check"),
      way("npx oxlint", "oxlint|npx oxlint", "lint with oxlint", "there is an .oxlintrc.json", [".oxlintrc.json"]),
      way("deno lint", "deno|deno lint", "", "", ["deno.json"]),
      way("npx xo", "xo"),
      way("npx standard", "standard|standardjs"),
      way("npx tslint .", "tslint"),
      way("npx knip", "knip", "look for dead code"),
      way(
        "ruff check .",
        "ruff|ruff check|python",
        "lint with ruff",
        "(this is|it's) (a |)python( project|)|we have a ruff.toml",
        ["ruff.toml"]
      ),
      way("uv run ruff check .", "uv|uv run ruff|ruff through uv", "", "this is a uv project", ["uv.lock"]),
      way("uvx ruff check .", "uvx|uvx ruff"),
      way("flake8", "flake8", "", "there is a .flake8", [".flake8"]),
      way("pylint src", "pylint", "", "there is a .pylintrc", [".pylintrc"]),
      way("cargo clippy", "clippy|cargo clippy|cargo|rust", "", "(this is|it's) (a |)rust( project|)", ["Cargo.toml"]),
      way("golangci-lint run", "golangci-lint|golangci|golangci-lint run", "", "there is a .golangci.yml", [
        ".golangci.yml"
      ]),
      way("go vet ./...", "go vet|vet|go|golang", "", "(this is|it's) a go (project|module)", ["go.mod"]),
      way("staticcheck ./...", "staticcheck"),
      way("bundle exec rubocop", "rubocop|ruby|bundle exec rubocop", "", "(this is|it's) (a |)ruby( project|)", [
        "Gemfile"
      ]),
      way("vendor/bin/phpstan analyse", "phpstan|php", "", "(this is|it's) (a |)php( project|)", ["composer.json"]),
      way("mix credo", "credo|mix credo|elixir", "", "", ["mix.exs"]),
      way("./gradlew check", "gradle|gradlew|./gradlew check", "", "", ["gradlew"]),
      way("mvn checkstyle:check", "maven|checkstyle", "", "", ["pom.xml"]),
      way("npx stylelint .", "stylelint"),
      way("npx markdownlint .", "markdownlint"),
      way("hadolint Dockerfile", "hadolint", "", "I mean the Dockerfile"),
      way("yamllint .", "yamllint", "", "I mean the yaml"),
      way("make lint", "make|make lint|the lint target|the Makefile", "", "there is a make target for that", [
        "Makefile"
      ]),
      way("just lint", "just|just lint|the justfile", "", "", ["justfile"]),
      way("pre-commit run --all-files", "pre-commit|the hooks|the pre-commit hooks", "run the hooks", "", [
        ".pre-commit-config.yaml"
      ]),
      way("npx {m} .", "{m}"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [
      {
        names: "--fix|autofix|auto( |-)fix",
        does: "(let it fix|fix) (what it can|things)|fix them right away",
        facts: "it can fix most of them itself",
        flag: "--fix",
        of: ["npx eslint", "ruff check", "npx oxlint", "cargo clippy", "golangci-lint run"]
      },
      { names: "--cache|the cache", does: "(use|turn on) the cache", flag: "--cache", of: ["npx eslint"] },
      {
        names: "--quiet|errors only",
        does: "(show|report) only errors",
        facts: "warnings don't interest me",
        flag: "--quiet",
        of: ["npx eslint", "npx oxlint"]
      },
      {
        names: "--max-warnings 0|no warnings allowed",
        does: "fail on warnings",
        flag: "--max-warnings 0",
        of: ["npx eslint"]
      },
      { names: "all targets|--all-targets", flag: "--all-targets", of: ["cargo clippy"] },
      {
        names: "only {d}/|just the {d} folder|{d}/ only",
        does: "(only lint|lint only) {d}/|limit it to {d}/",
        replaces: [" .", " {d}"],
        of: ["npx eslint", "npx biome", "ruff check"]
      },
      {
        names: "only {p}|just {p}|{p} only",
        does: "(only lint|lint only) {p}",
        replaces: [" .", " {p}"],
        of: ["npx eslint", "npx biome", "ruff check"]
      }
    ]
  },
  {
    kind: "types",
    tasks:
      "(check|verify) the types|type( |-)check (it|the project|this)|(does it|do the types) type( |-)check?|are there type errors?",
    heldOutTasks: "see whether the types are right",
    forbids: "use tsc|run tsc|call tsc directly",
    closing: "The types are checked.",
    ways: [
      way("npx tsc --noEmit", "tsc|npx tsc"),
      way(
        "npm run typecheck",
        "npm|npm run typecheck|the typecheck script",
        "run the typecheck script",
        "there is a typecheck script",
        ["package.json"]
      ),
      way("npm run check:types", "check:types|the check:types script"),
      way("pnpm typecheck", "pnpm|pnpm typecheck", "", "", ["pnpm-lock.yaml"]),
      way("yarn typecheck", "yarn|yarn typecheck", "", "", ["yarn.lock"]),
      way("npx tsc -b", "tsc -b|build mode|project references", "", "we have project references"),
      way("npx vue-tsc --noEmit", "vue-tsc|vue", "", "it's a vue app"),
      way("npx svelte-check", "svelte-check|svelte", "", "it's a svelte app"),
      way("npx tsgo --noEmit", "tsgo"),
      way("deno check .", "deno|deno check", "", "", ["deno.json"]),
      way("mypy .", "mypy|python", "", "(this is|it's) (a |)python( project|)", ["mypy.ini"]),
      way("uv run mypy .", "uv|uv run mypy|mypy through uv"),
      way("pyright", "pyright", "", "", ["pyrightconfig.json"]),
      way("ty check", "ty|ty check"),
      way("cargo check", "cargo|cargo check|rust", "", "(this is|it's) (a |)rust( project|)", ["Cargo.toml"]),
      way("go vet ./...", "go|go vet|golang", "", "(this is|it's) a go project", ["go.mod"]),
      way("mix dialyzer", "dialyzer|mix dialyzer|elixir"),
      way("npx flow check", "flow"),
      way("make types", "make|make types|the types target", "", "", ["Makefile"]),
      way("{m} check", "{m}|{m} check"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [
      { names: "--watch|watch mode", does: "keep watching", flag: "--watch", of: ["npx tsc"] },
      { names: "--strict|strict mode", does: "be strict", flag: "--strict", of: ["npx tsc", "mypy"] },
      { names: "the {d} project|-p {d}|{d}'s tsconfig", flag: "-p {d}", of: ["npx tsc"] }
    ]
  },
  {
    kind: "build",
    weight: 3,
    tasks:
      "build (it|this|the project|the app|everything|)|compile (it|the project|this)|make a (release |production |)build|does it (build|compile)?|create the bundle",
    heldOutTasks: "turn it into a build|see if it compiles",
    forbids: "use npm|npm run build|run npm( here|)|use the npm script",
    closing: "It is built.",
    ways: [
      way("npm run build", "npm|npm run build|the build script"),
      way("make", "make|the Makefile|plain make|just make", "go through make", "there is a Makefile", ["Makefile"]),
      way("make build", "make build|the build target"),
      way(
        "pnpm build",
        "pnpm|pnpm build|pnpm run build",
        "",
        "this is a pnpm (workspace|repo)|the lockfile is pnpm-lock.yaml",
        ["package.json", "pnpm-lock.yaml"]
      ),
      way(
        "yarn build",
        "yarn|yarn build|yarn run build",
        "",
        "this is a yarn (workspace|repo)|the lockfile is yarn.lock",
        ["package.json", "yarn.lock"]
      ),
      way("bun run build", "bun|bun run build", "", "we run on bun", ["bun.lock"]),
      way("deno task build", "deno|deno task build", "", "", ["deno.json"]),
      way("npx vite build", "vite|vite build|npx vite build", "", "it's a vite app", ["vite.config.ts"]),
      way("npx tsc", "tsc|npx tsc|the typescript compiler", "only compile it", "there is only a tsconfig", [
        "tsconfig.json"
      ]),
      way("npx tsc -b", "tsc -b"),
      way("npx rollup -c", "rollup|rollup -c", "", "", ["rollup.config.js"]),
      way("npx webpack", "webpack|npx webpack", "", "", ["webpack.config.js"]),
      way("npx tsup", "tsup"),
      way("npx tsdown", "tsdown"),
      way("npx esbuild src/index.ts --bundle --outdir=dist", "esbuild"),
      way("npx next build", "next|next build", "", "it's a next app", ["next.config.js"]),
      way("npx turbo run build", "turbo|turborepo|turbo run build", "", "there is a turbo.json", ["turbo.json"]),
      way("npx nx build", "nx|nx build", "", "there is an nx.json", ["nx.json"]),
      way(
        "cargo build",
        "cargo|cargo build|rust",
        "let cargo build it",
        "(this is|it's) (a |)rust( project|)|there is a Cargo.toml",
        ["Cargo.toml"]
      ),
      way(
        "go build ./...",
        "go|go build|golang|go build ./...",
        "let go build it",
        "(this is|it's) a (go|golang) (project|module|repo)|there is a go.mod",
        ["go.mod"]
      ),
      way("mvn package", "maven|mvn|mvn package", "", "there is a pom.xml|(this is|it's) a maven project", ["pom.xml"]),
      way("mvn clean install", "mvn clean install|a clean maven build"),
      way("./mvnw package", "mvnw|./mvnw|the maven wrapper", "", "", ["mvnw"]),
      way(
        "./gradlew build",
        "gradlew|./gradlew|the gradle wrapper|gradlew build",
        "",
        "there is a gradlew|(this is|it's) a (gradle|kotlin|android) project",
        ["build.gradle", "gradlew"]
      ),
      way("gradle build", "gradle|gradle build"),
      way("./gradlew assembleDebug", "assembleDebug|the debug apk"),
      way("sbt compile", "sbt|sbt compile|scala"),
      way("dotnet build", "dotnet|dotnet build|.net", "", "(this is|it's) (a |)(c#|.net|dotnet)( project| app|)", [
        "App.csproj"
      ]),
      way("dotnet publish", "dotnet publish"),
      way("cmake --build build", "cmake|cmake --build build|cmake --build", "", "there is a CMakeLists.txt", [
        "CMakeLists.txt"
      ]),
      way("ninja -C build", "ninja|ninja -C build"),
      way("meson compile -C build", "meson|meson compile", "", "there is a meson.build", ["meson.build"]),
      way("bazel build //...", "bazel|bazel build|bazel build //...", "", "", ["MODULE.bazel"]),
      way("zig build", "zig|zig build", "", "(this is|it's) a zig project", ["build.zig"]),
      way("swift build", "swift|swift build", "", "", ["Package.swift"]),
      way(
        "python -m build",
        "python|python -m build|the build module",
        "",
        "(this is|it's) (a |)python( project| package|)",
        ["pyproject.toml"]
      ),
      way("uv build", "uv|uv build", "", "this is a uv (project|repo)", ["uv.lock"]),
      way("poetry build", "poetry|poetry build", "", "this is a poetry (project|repo)", ["poetry.lock"]),
      way("hatch build", "hatch|hatch build"),
      way("gem build", "gem|gem build"),
      way("mix compile", "mix|mix compile|elixir", "", "", ["mix.exs"]),
      way("stack build", "stack|stack build|haskell", "", "", ["stack.yaml"]),
      way("flutter build apk", "flutter|flutter build apk", "", "", ["pubspec.yaml"]),
      way("nix build", "nix|nix build", "", "there is a flake.nix", ["flake.nix"]),
      way("docker build .", "docker|docker build|the Dockerfile", "build the image", "there is a Dockerfile", [
        "Dockerfile"
      ]),
      way("just build", "just|just build|the justfile", "", "there is a justfile", ["justfile"]),
      way("task build", "task|taskfile|task build", "", "", ["Taskfile.yml"]),
      way("npm run build:{b}", "build:{b}|the build:{b} script|npm run build:{b}", "run build:{b}"),
      way("make {b}", "make {b}|the {b} target"),
      way("./{b}.sh", "{b}.sh|./{b}.sh", "run {b}.sh"),
      way("{m} build", "{m}|{m} build", "build it with {m}"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [
      {
        names: "--release|release mode|a release build|the release profile",
        does: "(build|make) it in release mode|turn on optimisations",
        facts: "it's for production",
        flag: "--release",
        of: ["cargo build"]
      },
      { names: "-j{n}|{n} jobs", does: "use {n} jobs", flag: "-j{n}", of: ["make"] },
      {
        names: "-DskipTests|no tests",
        does: "skip the tests",
        facts: "the tests take too long",
        flag: "-DskipTests",
        of: ["mvn package", "./mvnw package", "mvn clean install"]
      },
      { names: "-x test", flag: "-x test", of: ["./gradlew build"] },
      { names: "-c Release", flag: "-c Release", of: ["dotnet build", "dotnet publish"] },
      {
        names: "--offline|offline mode",
        does: "(build|stay) offline",
        facts: "there is no network here",
        flag: "--offline",
        of: ["cargo build", "mvn package", "./gradlew build"]
      },
      { names: "--no-cache|no cache", does: "skip the cache", flag: "--no-cache", of: ["docker build"] },
      {
        names: "--watch|watch mode",
        does: "keep watching",
        flag: "--watch",
        of: ["npx tsc", "npx vite build", "npx tsup"]
      },
      { names: "the name {b}|-o {b}|{b} as the output", does: "call the binary {b}", flag: "-o {b}", of: ["go build"] },
      { names: "-v", flag: "-v", of: ["go build", "cargo build"] }
    ]
  }
]
