import { path } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** Formatting and linting. */
export const lintKinds: ReadonlyArray<Kind> = [
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
  }
]
