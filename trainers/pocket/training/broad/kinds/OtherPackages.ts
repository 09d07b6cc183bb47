import { packageName } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"
import { version } from "./Packages.ts"

/** Installing packages of other languages, and all at once. */
export const otherPackageKinds: ReadonlyArray<Kind> = [
  {
    kind: "other-install",
    weight: 3,
    known: true,
    slots: (rng) => ({ x: packageName(rng) }),
    tasks:
      "(install|add) {x}|we need {x}|(add|pull in) (the (package|library|dependency|lib)) {x}|add {x} (to the (project|dependencies)|as a dependency)",
    heldOutTasks: "(put|bring) {x} into the project|this needs the library {x}",
    forbids: "use npm|npm install( things|)|install with npm|run npm( here|)|pretend this is node",
    closing: "{x} is installed.",
    ways: [
      way("npm install {x}", "npm|npm install"),
      way(
        "cargo add {x}",
        "cargo|cargo add|rust|cargo's add",
        "add the crate( with cargo|)|let cargo add it",
        "(this is|it's) (a |)rust( project| code| crate|)|it's a crate|there is a Cargo.toml|{x} is a crate",
        ["Cargo.toml", "src/main.rs"]
      ),
      way(
        "go get {x}",
        "go|go get|golang|go modules",
        "go get it|get it with go",
        "(this is|it's) (a go|a golang) (project|module|repo)|there is a go.mod|{x} is a go module",
        ["go.mod", "main.go"]
      ),
      way(
        "bundle add {x}",
        "bundler|bundle|bundle add|ruby",
        "put it (in|into) the Gemfile|add the gem",
        "(this is|it's) (a |)(ruby|rails)( project| app|)|there is a Gemfile|{x} is a gem",
        ["Gemfile", "Gemfile.lock"]
      ),
      way("gem install {x}", "gem|gem install|rubygems"),
      way(
        "composer require {x}",
        "composer|composer require|php",
        "require it with composer",
        "(this is|it's) (a |)(php|laravel|symfony)( project| app|)|there is a composer.json",
        ["composer.json", "composer.lock"]
      ),
      way(
        "dotnet add package {x}",
        "dotnet|nuget|dotnet add package|the dotnet cli|.net",
        "add the nuget package",
        "(this is|it's) (a |)(c#|.net|dotnet)( project| app|)|there is a csproj",
        ["App.csproj", "Program.cs"]
      ),
      way("brew install {x}", "brew|homebrew|brew install", "", "it's a mac|we're on a mac"),
      way("sudo apt-get install -y {x}", "apt-get|sudo apt-get"),
      way("apt install {x}", "apt|apt install"),
      way("apk add {x}", "apk|apk add|alpine", "", "this is alpine|we're on alpine"),
      way("dnf install {x}", "dnf|dnf install|fedora", "", "we're on fedora"),
      way("pacman -S {x}", "pacman|pacman -S|arch", "", "we're on arch"),
      way("winget install {x}", "winget|winget install"),
      way("choco install {x}", "choco|chocolatey"),
      way("nix profile install nixpkgs#{x}", "nix|nix profile"),
      way("opam install {x}", "opam|ocaml", "", "(this is|it's) an ocaml project", ["dune-project"]),
      way("cabal install {x}", "cabal", "", "(this is|it's) a haskell project", ["app.cabal"]),
      way("dart pub add {x}", "pub|dart|dart pub add", "", "(this is|it's) a dart (project|package)", ["pubspec.yaml"]),
      way("flutter pub add {x}", "flutter|flutter pub add", "", "(this is|it's) a flutter app"),
      way("luarocks install {x}", "luarocks|lua"),
      way("cpanm {x}", "cpanm|cpan|perl"),
      way("conan install {x}", "conan"),
      way("vcpkg install {x}", "vcpkg|vcpkg install"),
      way("swift package add-dependency {x}", "swift|swift package|swiftpm", "", "(this is|it's) a swift package", [
        "Package.swift"
      ]),
      way("gleam add {x}", "gleam|gleam add"),
      way("shards install {x}", "shards"),
      way("nimble install {x}", "nimble|nim"),
      way("cargo install {x}", "cargo install", "install the binary( with cargo|)"),
      way("go install {x}@latest", "go install"),
      way(
        "pip install {x}",
        "pip|python|pip install",
        "",
        "(this is|it's) (a |)python( project| code|)|{x} is a python (package|library)",
        ["requirements.txt", "main.py"]
      ),
      way("{m} add {x}", "{m}|{m} add"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "a dev( |-)dependency|--dev",
        does: "make it a dev( |-)dependency",
        flag: "--dev",
        of: ["cargo add", "composer require"]
      },
      {
        names: "the {w} feature|--features {w}|feature {w}",
        does: "(turn on|enable) the {w} feature",
        flag: "--features {w}",
        of: ["cargo add"]
      },
      { names: "-u", flag: "-u", of: ["go get"] },
      { names: "the {w} group|--group {w}", does: "put it in the {w} group", flag: "--group {w}", of: ["bundle add"] },
      { ...version, replaces: ["{x}", "{x}@{v}"], of: ["cargo add", "go get"] }
    ]
  },
  {
    kind: "install-all",
    managed: true,
    weight: 2,
    tasks:
      "install (the |all |all the |)(dependencies|deps|packages)|(set up|setup|prepare) the project|get the (dependencies|deps) (ready|in place)|the (dependencies|modules) are missing",
    heldOutTasks: "bring in all dependencies|make the project ready to work on",
    forbids: "use npm|npm install|run npm( here|)",
    closing: "The dependencies are installed.",
    ways: [
      way("npm install", "npm|npm install"),
      way("pnpm install", "pnpm|pnpm install|pnpm i", "install with pnpm", "this is a pnpm (workspace|repo)", [
        "pnpm-lock.yaml"
      ]),
      way(
        "npm ci",
        "npm ci|ci|a clean install|the clean install|the lockfile install",
        "do a clean install|install from the lockfile|respect the lockfile",
        "we install from the lockfile"
      ),
      way("yarn install", "yarn|yarn install", "install with yarn", "this is a yarn (workspace|repo)", ["yarn.lock"]),
      way("bun install", "bun|bun install|bun i", "install with bun", "we run on bun", ["bun.lock"]),
      way("deno install", "deno|deno install", "", "this is a deno project", ["deno.json"]),
      way("uv sync", "uv|uv sync|a sync with uv", "sync (it |)with uv", "this is a uv (project|repo)", ["uv.lock"]),
      way("poetry install", "poetry|poetry install", "install with poetry", "this is a poetry (project|repo)", [
        "poetry.lock"
      ]),
      way("pipenv install", "pipenv|pipenv install|pipenv sync", "", "we have a Pipfile", ["Pipfile"]),
      way("pdm install", "pdm|pdm install", "", "", ["pdm.lock"]),
      way(
        "pip install -r requirements.txt",
        "pip|requirements.txt|the requirements file|pip install -r requirements.txt|python",
        "install the requirements|install from requirements.txt",
        "(this is|it's) (a |)python( project|)|everything is in requirements.txt",
        ["requirements.txt"]
      ),
      way("pip install -e .", "an editable install|pip install -e|-e .|editable mode", "install it (as |)editable"),
      way("conda env create -f environment.yml", "conda|conda env create|the environment.yml", "", "", [
        "environment.yml"
      ]),
      way("cargo fetch", "cargo|cargo fetch|rust", "", "(this is|it's) (a |)rust( project|)", ["Cargo.toml"]),
      way("go mod download", "go|go mod download|golang|go mod", "", "(this is|it's) a go (project|module)", [
        "go.mod"
      ]),
      way("go mod tidy", "go mod tidy|a tidy", "tidy the modules"),
      way(
        "bundle install",
        "bundler|bundle|bundle install|ruby",
        "",
        "(this is|it's) (a |)(ruby|rails)( project| app|)",
        ["Gemfile"]
      ),
      way("composer install", "composer|composer install|php", "", "(this is|it's) (a |)php( project|)", [
        "composer.json"
      ]),
      way("mix deps.get", "mix|mix deps.get|elixir", "", "(this is|it's) (an |)elixir( project|)", ["mix.exs"]),
      way("dotnet restore", "dotnet|dotnet restore|nuget|a restore", "", "(this is|it's) (a |)(c#|.net)( project|)", [
        "App.csproj"
      ]),
      way("mvn install", "maven|mvn|mvn install", "", "there is a pom.xml", ["pom.xml"]),
      way("./gradlew dependencies", "gradle|gradlew|./gradlew|the gradle wrapper", "", "there is a build.gradle", [
        "build.gradle",
        "gradlew"
      ]),
      way("stack build --only-dependencies", "stack", "", "it's a stack project", ["stack.yaml"]),
      way("pod install", "cocoapods|pod|pod install", "", "there is a Podfile", ["Podfile"]),
      way("make setup", "make|make setup|the setup target|the Makefile", "", "there is a make target for that", [
        "Makefile"
      ]),
      way("make install", "make install|the install target"),
      way("just setup", "just|just setup|the justfile", "", "there is a justfile", ["justfile"]),
      way("./{w}.sh", "{w}.sh|the script {w}.sh|./{w}.sh", "run {w}.sh"),
      way("{m} install", "{m}|{m} install"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [
      {
        names: "--frozen-lockfile|a frozen lockfile",
        does: "freeze the lockfile|leave the lockfile alone",
        flag: "--frozen-lockfile",
        of: ["pnpm install", "bun install", "yarn install"]
      },
      { names: "--immutable", flag: "--immutable", of: ["yarn install"] },
      {
        names: "--legacy-peer-deps|legacy peer deps",
        does: "ignore the peer conflicts",
        flag: "--legacy-peer-deps",
        of: ["npm install", "npm ci"]
      },
      {
        names: "production only|--omit=dev",
        does: "leave out the dev deps|skip the dev dependencies",
        flag: "--omit=dev",
        of: ["npm install", "npm ci"]
      },
      { names: "--prod", flag: "--prod", of: ["pnpm install"] },
      {
        names: "--ignore-scripts",
        does: "(skip|ignore) the (install |)scripts",
        flag: "--ignore-scripts",
        of: ["npm install", "npm ci", "pnpm install"]
      },
      { names: "--frozen", flag: "--frozen", of: ["uv sync"] },
      { names: "all extras|--all-extras", flag: "--all-extras", of: ["uv sync", "poetry install"] },
      { names: "--no-root", flag: "--no-root", of: ["poetry install"] }
    ]
  }
]
