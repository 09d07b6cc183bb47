import { packageName, word } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** What else people do with packages. */
export const packageUpkeepKinds: ReadonlyArray<Kind> = [
  {
    kind: "uninstall",
    managed: true,
    weight: 2,
    slots: (rng) => ({ x: packageName(rng) }),
    tasks:
      "(uninstall|drop) {x}|(remove|drop) the (package|dependency|library) {x}|we (don't|do not|no longer) need the package {x}|take {x} out of the dependencies",
    heldOutTasks: "throw the dependency {x} out",
    forbids: "use npm|npm uninstall( things|)|run npm( here|)",
    closing: "{x} is removed.",
    ways: [
      way("npm uninstall {x}", "npm|npm uninstall"),
      way(
        "pnpm remove {x}",
        "pnpm|pnpm remove|pnpm rm",
        "remove it with pnpm",
        "this is a pnpm repo|the lockfile is pnpm-lock.yaml",
        ["pnpm-lock.yaml"]
      ),
      way(
        "yarn remove {x}",
        "yarn|yarn remove",
        "remove it with yarn",
        "this is a yarn repo|the lockfile is yarn.lock",
        ["yarn.lock"]
      ),
      way("bun remove {x}", "bun|bun remove", "remove it with bun", "we run on bun", ["bun.lock"]),
      way("deno remove {x}", "deno|deno remove", "", "this is a deno project", ["deno.json"]),
      way("pip uninstall -y {x}", "pip|pip uninstall|python", "", "(this is|it's) a python project", [
        "requirements.txt"
      ]),
      way("uv remove {x}", "uv|uv remove", "remove it with uv", "this is a uv (project|repo)", ["uv.lock"]),
      way("poetry remove {x}", "poetry|poetry remove", "remove it with poetry", "this is a poetry project", [
        "poetry.lock"
      ]),
      way("pipenv uninstall {x}", "pipenv", "", "", ["Pipfile"]),
      way("pdm remove {x}", "pdm|pdm remove"),
      way("conda remove {x}", "conda|conda remove"),
      way("cargo remove {x}", "cargo|cargo remove|rust", "", "(this is|it's) (a |)rust( project|)|it's a crate", [
        "Cargo.toml"
      ]),
      way("go get {x}@none", "go|go get|golang", "", "(this is|it's) a go (project|module)", ["go.mod"]),
      way("bundle remove {x}", "bundler|bundle|bundle remove|ruby", "", "it's a gem", ["Gemfile"]),
      way("composer remove {x}", "composer|composer remove|php", "", "(this is|it's) (a |)php( project|)", [
        "composer.json"
      ]),
      way("dotnet remove package {x}", "dotnet|nuget|dotnet remove package|.net", "", "there is a csproj", [
        "App.csproj"
      ]),
      way("brew uninstall {x}", "brew|homebrew"),
      way("{m} remove {x}", "{m}|{m} remove"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "upgrade",
    managed: true,
    weight: 2,
    slots: (rng) => ({ x: packageName(rng) }),
    tasks:
      "(update|upgrade|bump) {x}|(update|upgrade|bump) the (package|dependency|library) {x}|{x} is (old|outdated), (update|upgrade) it|get {x} up to date",
    heldOutTasks: "bring the dependency {x} up to date",
    forbids: "use npm|npm update( things|)|run npm( here|)",
    closing: "{x} is up to date.",
    ways: [
      way("npm update {x}", "npm|npm update"),
      way("pnpm up {x}", "pnpm|pnpm up|pnpm update", "", "this is a pnpm repo|the lockfile is pnpm-lock.yaml", [
        "pnpm-lock.yaml"
      ]),
      way("yarn up {x}", "yarn|yarn up", "", "this is a yarn repo|the lockfile is yarn.lock", ["yarn.lock"]),
      way("bun update {x}", "bun|bun update", "", "we run on bun", ["bun.lock"]),
      way(
        "npm install {x}@latest",
        "the latest( version|)|@latest|a new major",
        "take the latest (version|release)|go to the newest (version|release)"
      ),
      way("npx npm-check-updates -u {x}", "ncu|npm-check-updates"),
      way("pip install -U {x}", "pip|pip install -U|python", "", "(this is|it's) a python project", [
        "requirements.txt"
      ]),
      way("uv lock --upgrade-package {x}", "uv|uv lock|uv lock --upgrade-package", "", "this is a uv (project|repo)", [
        "uv.lock"
      ]),
      way("poetry update {x}", "poetry|poetry update", "", "this is a poetry project", ["poetry.lock"]),
      way("cargo update -p {x}", "cargo|cargo update|rust", "", "(this is|it's) (a |)rust( project|)|it's a crate", [
        "Cargo.toml"
      ]),
      way("go get -u {x}", "go|go get|go get -u|golang", "", "(this is|it's) a go (project|module)", ["go.mod"]),
      way("bundle update {x}", "bundler|bundle|bundle update|ruby", "", "it's a gem", ["Gemfile"]),
      way("composer update {x}", "composer|composer update|php", "", "(this is|it's) (a |)php( project|)", [
        "composer.json"
      ]),
      way("mix deps.update {x}", "mix|mix deps.update|elixir", "", "", ["mix.exs"]),
      way("brew upgrade {x}", "brew|homebrew|brew upgrade"),
      way("{m} update {x}", "{m}|{m} update"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "exec",
    weight: 2,
    slots: (rng) => ({ x: `${word(rng)}-${word(rng)}` }),
    tasks:
      "run the (tool|cli|binary|generator) {x}|(start|call|execute) the (tool|cli|generator) {x}|use the cli {x} once",
    heldOutTasks: "give the tool {x} a go",
    forbids: "use npx|npx( things| it|)|run npx( here|)|fetch packages on the fly",
    closing: "{x} ran.",
    ways: [
      way("npx {x}", "npx"),
      way("pnpm dlx {x}", "pnpm|pnpm dlx|dlx", "", "this is a pnpm repo", ["pnpm-lock.yaml"]),
      way("pnpm exec {x}", "pnpm exec"),
      way("yarn dlx {x}", "yarn dlx|yarn", "", "this is a yarn repo", ["yarn.lock"]),
      way("bunx {x}", "bunx|bun", "", "we run on bun", ["bun.lock"]),
      way("uvx {x}", "uvx|uv|uv tool run", "", "it's a python tool", ["uv.lock"]),
      way("pipx run {x}", "pipx|pipx run"),
      way("uv run {x}", "uv run"),
      way("poetry run {x}", "poetry|poetry run"),
      way("deno run -A npm:{x}", "deno|deno run"),
      way("npm exec {x}", "npm exec|npm"),
      way("bundle exec {x}", "bundler|bundle exec|ruby", "", "it's a gem", ["Gemfile"]),
      way("dotnet {x}", "dotnet|the dotnet tool"),
      way("./node_modules/.bin/{x}", "node_modules/.bin|the local (one|binary|copy)", "take the installed one"),
      way("mise exec -- {x}", "mise|mise exec"),
      way("go run {x}@latest", "go run|go"),
      way("{m} {x}", "{m}")
    ],
    changes: [
      { names: "-y|--yes", does: "say yes to the prompt", flag: "-y", of: ["npx"] },
      {
        names: "the latest( one| version|)|@latest",
        does: "take the latest",
        replaces: ["{x}", "{x}@latest"],
        of: ["npx", "pnpm dlx", "bunx"]
      }
    ]
  },
  {
    kind: "init",
    tasks:
      "(start|init|create|set up) a new (project|package)|(initialise|initialize) the project|make this a (project|package)",
    heldOutTasks: "begin a fresh project here",
    forbids: "use npm|npm init|run npm( here|)",
    closing: "The project is there.",
    ways: [
      way("npm init -y", "npm|npm init"),
      way("pnpm init", "pnpm|pnpm init"),
      way("yarn init -y", "yarn|yarn init"),
      way("bun init -y", "bun|bun init"),
      way("deno init", "deno|deno init"),
      way("uv init", "uv|uv init|python", "", "it's going to be python"),
      way("poetry init -n", "poetry|poetry init"),
      way("pdm init -n", "pdm|pdm init"),
      way("hatch new {b}", "hatch new {b}"),
      way("cargo init", "cargo|cargo init|rust", "", "it's going to be rust"),
      way("cargo new {b}", "cargo new {b}"),
      way("go mod init {b}", "go mod init {b}|go with the name {b}|a go module {b}"),
      way("dotnet new console", "dotnet|dotnet new|.net"),
      way("composer init -n", "composer|composer init|php"),
      way("bundle init", "bundler|bundle init|ruby"),
      way("mix new {b}", "mix new {b}"),
      way("git init", "git|git init|just git", "only init git"),
      way("npm create vite@latest", "vite|npm create vite|the vite template"),
      way("npx create-next-app@latest", "next|create-next-app"),
      way("{m} init", "{m}|{m} init"),
      way("{m} {s}", "{m} {s}")
    ]
  },
  {
    kind: "publish",
    tasks: "publish (it|the package|this)|release the package|put the package (online|out)",
    heldOutTasks: "bring the package out",
    forbids: "use npm|npm publish|run npm( here|)",
    closing: "It is published.",
    ways: [
      way("npm publish", "npm|npm publish"),
      way("pnpm publish", "pnpm|pnpm publish", "", "this is a pnpm repo", ["pnpm-lock.yaml"]),
      way("yarn npm publish", "yarn|yarn npm publish", "", "this is a yarn repo", ["yarn.lock"]),
      way("bun publish", "bun|bun publish", "", "we run on bun", ["bun.lock"]),
      way("npx jsr publish", "jsr"),
      way("deno publish", "deno|deno publish"),
      way("npx changeset publish", "changesets|changeset publish"),
      way("npx semantic-release", "semantic-release"),
      way("twine upload dist/*", "twine|twine upload|python", "", "it goes to pypi"),
      way("uv publish", "uv|uv publish", "", "this is a uv project", ["uv.lock"]),
      way("poetry publish", "poetry|poetry publish", "", "", ["poetry.lock"]),
      way("cargo publish", "cargo|cargo publish|rust", "", "it's a crate", ["Cargo.toml"]),
      way("gem push *.gem", "gem|gem push|rubygems"),
      way("dotnet nuget push *.nupkg", "dotnet|nuget|dotnet nuget push"),
      way("mvn deploy", "maven|mvn|mvn deploy", "", "there is a pom.xml", ["pom.xml"]),
      way("./gradlew publish", "gradle|gradlew|the gradle wrapper"),
      way("make release", "make|make release|the release target", "", "", ["Makefile"]),
      way("{m} publish", "{m}|{m} publish"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [
      {
        names: "a dry run|--dry-run",
        does: "(do|make|try) a dry run( first|)",
        flag: "--dry-run",
        of: ["npm publish", "pnpm publish", "cargo publish"]
      },
      {
        names: "public access|--access public",
        does: "make it public",
        flag: "--access public",
        of: ["npm publish", "pnpm publish"]
      },
      {
        names: "the {w} tag|--tag {w}|tag {w}",
        does: "tag it {w}",
        flag: "--tag {w}",
        of: ["npm publish", "pnpm publish"]
      }
    ]
  }
]
