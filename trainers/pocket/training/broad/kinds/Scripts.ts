import { word } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** Running what a project has names for, and serving it. */
export const scriptKinds: ReadonlyArray<Kind> = [
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
