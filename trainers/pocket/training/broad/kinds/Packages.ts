import { packageName, word } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

const NODE = ["package.json"]
const PYTHON = ["pyproject.toml"]

const version = {
  names: "version {v}|{v}|the {v} release",
  does: "pin it to {v}|take version {v}|install version {v}|stay on {v}",
  facts: "we need version {v}|it has to be {v}|only {v} works for us"
}

/** Adding, removing and renewing packages, in every language that has a manager for them. */
export const packageKinds: ReadonlyArray<Kind> = [
  {
    kind: "node-install",
    managed: true,
    weight: 4,
    known: true,
    slots: (rng) => ({ x: packageName(rng) }),
    tasks:
      "(install|add) {x}|(install|add|get|pull in) (the (npm |node |)package|the library|the module) {x}|we need {x}|add {x} (to (the (project|dependencies|deps)|package.json)|as a dependency)|(i want|we want) (to use |){x}|{x} is missing",
    heldOutTasks: "(put|bring) {x} into the project|the app needs {x} as a dependency",
    forbids:
      "use npm|npm install( things| stuff|)|install with npm|run npm( here|)|touch package-lock.json|create a package-lock",
    closing: "{x} is installed.",
    files: NODE,
    ways: [
      way("npm install {x}", "npm|npm install"),
      way(
        "pnpm add {x}",
        "pnpm|pnpm add|pnpm's add",
        "add it with pnpm|install with pnpm|let pnpm do it|pnpm add it",
        "(the lockfile is|the lock is|we have a) pnpm-lock.yaml|this is a pnpm (workspace|repo|monorepo|project)|pnpm manages our packages|node_modules belongs to pnpm",
        ["pnpm-lock.yaml"]
      ),
      way(
        "yarn add {x}",
        "yarn|yarn add|yarn's add",
        "add it with yarn|install with yarn|let yarn do it|yarn add it",
        "(the lockfile is|the lock is|we have a) yarn.lock|this is a yarn (workspace|repo|monorepo|project)|yarn manages our packages|yarn berry is set up",
        ["yarn.lock"]
      ),
      way(
        "bun add {x}",
        "bun|bun add|bun's add",
        "add it with bun|install with bun|let bun do it|bun add it",
        "(the lockfile is|the lock is|we have a) bun.lock|this is a bun (workspace|repo|project)|bun manages our packages|we run on bun",
        ["bun.lock"]
      ),
      way(
        "deno add npm:{x}",
        "deno|deno add",
        "add it with deno|let deno do it",
        "this is a deno project|we run on deno|there is a deno.json",
        ["deno.json"]
      ),
      way("npm ci", "npm ci|a clean install", "do a clean install"),
      way("npm install {x}@latest", "the latest( version|)|@latest", "take the latest (version|release)"),
      way("npm install {x}@next", "the next tag|@next", "take the next tag"),
      way("npm install -g {x}", "a global install|-g|npm -g", "install it globally|make it global"),
      way("corepack pnpm add {x}", "corepack|corepack pnpm", "go through corepack"),
      way("ni {x}", "ni|antfu's ni"),
      way("lerna add {x}", "lerna|lerna add"),
      way("npx jsr add {x}", "jsr|the jsr registry", "take it from jsr"),
      way("{m} add {x}", "{m}|{m} add"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "a dev( |-)dependency|devDependencies|dev only|dev deps|a development dependency",
        does: "(make|mark) it (as |)a dev( |-)dependency|save it (for|to) dev|put it (in|into|under) devDependencies",
        facts:
          "it's only for development|we only need it in tests|it is a dev tool|it doesn't ship|it's not for production",
        flag: "-D",
        of: ["npm install", "pnpm add", "yarn add", "corepack pnpm"]
      },
      { names: "--save-dev", flag: "--save-dev", of: ["npm install", "pnpm add"] },
      { names: "-D", flag: "-D", of: ["npm install", "pnpm add", "yarn add"] },
      { names: "--dev", flag: "--dev", of: ["yarn add", "bun add"] },
      {
        names: "an exact version|--save-exact|exact versions|a pinned version",
        does: "pin (it|the version) exactly|save the exact version",
        facts: "we pin exact versions|no carets in this repo",
        flag: "--save-exact",
        of: ["npm install", "pnpm add"]
      },
      { names: "-E", flag: "-E", of: ["npm install", "pnpm add", "yarn add"] },
      {
        names: "the workspace root|-w",
        does: "add it (to|in) the (workspace |)root",
        flag: "-w",
        of: ["pnpm add", "npm install"]
      },
      {
        names: "a peer dependency|--save-peer",
        does: "make it a peer dependency",
        flag: "--save-peer",
        of: ["npm install", "pnpm add"]
      },
      {
        names: "an optional dependency|--save-optional",
        does: "make it an optional dependency",
        flag: "--save-optional",
        of: ["npm install", "pnpm add"]
      },
      {
        names: "--ignore-scripts",
        does: "(skip|ignore) the (install |)scripts",
        flag: "--ignore-scripts",
        of: ["npm install", "pnpm add", "yarn add"]
      },
      { names: "--no-save", does: "leave package.json alone|not save it", flag: "--no-save", of: ["npm install"] },
      {
        ...version,
        replaces: ["{x}", "{x}@{v}"],
        of: ["npm install {x}", "pnpm add {x}", "yarn add {x}", "bun add {x}"]
      }
    ]
  },
  {
    kind: "python-install",
    managed: true,
    weight: 4,
    known: true,
    slots: (rng) => ({ x: packageName(rng) }),
    tasks:
      "(install|add) {x} (for|in|to the) python( project|)|(install|add|get) the python (package|library|module) {x}|we need {x} (in|for) python|python needs {x}|the python (script|code|side) needs {x}",
    heldOutTasks: "(put|bring) {x} into the python project|the python app needs {x}",
    forbids:
      "use pip|pip install( things| stuff|)|install with pip|run pip( here|)|touch the system python|install globally",
    closing: "{x} is installed.",
    files: PYTHON,
    ways: [
      way("pip install {x}", "pip|pip install"),
      way(
        "uv add {x}",
        "uv|uv add",
        "add it with uv|let uv do it|uv add it",
        "(the lockfile is|the lock is|we have a) uv.lock|this is a uv (project|repo|workspace)|uv manages (our|the) (dependencies|environment|packages)",
        ["uv.lock"]
      ),
      way(
        "poetry add {x}",
        "poetry|poetry add",
        "add it with poetry|let poetry do it|poetry add it",
        "(the lockfile is|the lock is|we have a) poetry.lock|this is a poetry (project|repo)|poetry manages (our|the) (dependencies|environment|packages)",
        ["poetry.lock"]
      ),
      way(
        "pipenv install {x}",
        "pipenv|pipenv install",
        "install with pipenv|let pipenv do it",
        "we have a Pipfile|there is a Pipfile.lock|pipenv manages our environment",
        ["Pipfile"]
      ),
      way("pdm add {x}", "pdm|pdm add", "add it with pdm", "(the lockfile is|we have a) pdm.lock", ["pdm.lock"]),
      way(
        "conda install {x}",
        "conda|conda install|anaconda|miniconda",
        "install with conda|put it (in|into) the conda (env|environment)",
        "we have a conda environment|there is an environment.yml",
        ["environment.yml"]
      ),
      way("mamba install {x}", "mamba|mamba install"),
      way("micromamba install {x}", "micromamba|micromamba install"),
      way("pixi add {x}", "pixi|pixi add", "add it with pixi", "there is a pixi.toml", ["pixi.toml"]),
      way("rye add {x}", "rye|rye add", "add it with rye"),
      way("hatch dep add {x}", "hatch dep add"),
      way("uv pip install {x}", "uv pip|uv pip install|uv's pip", "go through uv pip"),
      way("python -m pip install {x}", "python -m pip|pip as a module|python -m pip install", "call pip as a module"),
      way("python3 -m pip install {x}", "python3 -m pip|python3 -m pip install"),
      way("pip3 install {x}", "pip3|pip3 install"),
      way(
        ".venv/bin/pip install {x}",
        "the venv's pip|.venv/bin/pip|the pip (in|from) .venv",
        "install it in(to|) the (venv|virtualenv|virtual env|virtual environment)",
        "there is a venv for that|we have a .venv"
      ),
      way("pipx install {x}", "pipx|pipx install", "", "it's a command line tool, not a library"),
      way("uv tool install {x}", "uv tool|uv tool install"),
      way("apt-get install -y python3-{x}", "apt|apt-get|the debian package", "take the system package"),
      way("{m} add {x}", "{m}|{m} add"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "a dev( |-)dependency|dev only|dev deps|a development dependency|the dev group",
        does: "(make|mark) it (as |)a dev( |-)dependency|put it (in|into) the dev group",
        facts: "it's only for development|we only need it in tests|it is a dev tool|it's not for production",
        flag: "--dev",
        of: ["uv add", "pipenv install", "pdm add", "rye add"]
      },
      { names: "--dev", flag: "--dev", of: ["uv add", "pipenv install"] },
      {
        names: "--group dev|the dev group",
        facts: "it belongs to the dev group",
        flag: "--group dev",
        of: ["poetry add"]
      },
      { names: "--upgrade", flag: "--upgrade", of: ["pip install", "uv pip install", "pip3 install", "python"] },
      { names: "-U", flag: "-U", of: ["pip install", "uv pip install", "pip3 install", "python"] },
      {
        names: "--user|my user only",
        does: "install it for (my|the) user only",
        flag: "--user",
        of: ["pip install", "pip3 install", "python"]
      },
      {
        names: "-q|no noise",
        does: "keep it quiet|be quiet about it",
        flag: "-q",
        of: ["pip install", "uv pip install"]
      },
      { names: "no cache|--no-cache-dir", does: "skip the cache", flag: "--no-cache-dir", of: ["pip install"] },
      {
        names: "conda-forge|-c conda-forge",
        does: "take it from conda-forge",
        flag: "-c conda-forge",
        of: ["conda install", "mamba install"]
      },
      {
        ...version,
        replaces: ["{x}", "{x}=={v}"],
        of: ["pip install", "uv add", "pip3 install", "uv pip install", "pipenv install"]
      }
    ]
  },
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
  },
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
