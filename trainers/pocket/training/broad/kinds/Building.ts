import { type Kind, way } from "../Kind.ts"

/** Checking types and building. */
export const buildKinds: ReadonlyArray<Kind> = [
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
