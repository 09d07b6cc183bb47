import { path, stem, word } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** Containers, clusters, databases, environments, the network: what else people ask a coding agent to do. */
export const machineKinds: ReadonlyArray<Kind> = [
  {
    kind: "up",
    weight: 2,
    tasks:
      "(start|bring up|launch) (the |our |all )(containers|services|stack)|start (the |)(docker|compose)( stack| services|)|start the database and the rest",
    heldOutTasks: "get the stack going",
    forbids: "use docker-compose|use the old docker-compose|call docker-compose|start everything",
    closing: "The containers run.",
    files: ["compose.yaml", "Dockerfile"],
    ways: [
      way("docker-compose up -d", "docker-compose|the old compose|docker-compose up"),
      way(
        "docker compose up -d",
        "docker compose|compose v2|the compose plugin|docker compose without (the |)(dash|hyphen)",
        "leave out the (dash|hyphen)|use the plugin",
        "docker-compose is (v1|gone|deprecated|end of life)|compose is a docker plugin now"
      ),
      way(
        "podman compose up -d",
        "podman compose|podman",
        "",
        "there is no docker here|we run podman|docker needs root"
      ),
      way("podman-compose up -d", "podman-compose"),
      way("nerdctl compose up -d", "nerdctl|nerdctl compose"),
      way(
        "docker compose up",
        "the foreground|docker compose up without -d",
        "keep it in the foreground|not detach( it|)",
        "I want to see the logs"
      ),
      way(
        "docker compose up -d {b}",
        "only the service {b}|the service {b}|the {b} service only",
        "(start|bring up) only {b}",
        "the others aren't needed, only {b}"
      ),
      way(
        "docker compose -f {w}.yml up -d",
        "{w}.yml|-f {w}.yml|the file {w}.yml",
        "take {w}.yml",
        "the compose file is {w}.yml"
      ),
      way(
        "docker compose --profile {w} up -d",
        "the {w} profile|--profile {w}|profile {w}",
        "(turn on|enable) the {w} profile"
      ),
      way("make up", "make|make up|the Makefile|the up target", "", "there is a make target for that", ["Makefile"]),
      way("just up", "just|just up|the justfile", "", "", ["justfile"]),
      way("tilt up", "tilt|tilt up", "", "", ["Tiltfile"]),
      way("skaffold dev", "skaffold|skaffold dev", "", "", ["skaffold.yaml"]),
      way("vagrant up", "vagrant|vagrant up", "", "", ["Vagrantfile"]),
      way("devcontainer up", "devcontainer|the dev container"),
      way("minikube start", "minikube|minikube start"),
      way("npm run {b}", "the {b} script|npm run {b}"),
      way("./{b}.sh", "{b}.sh|./{b}.sh"),
      way("{m} up", "{m}|{m} up"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [
      {
        names: "--build|a rebuild",
        does: "rebuild (the images|them|first)",
        facts: "the images are (old|stale)",
        flag: "--build",
        of: ["docker compose up", "docker-compose up", "podman compose up"]
      },
      { names: "--wait", does: "wait until (they are|it is) healthy", flag: "--wait", of: ["docker compose up"] },
      {
        names: "--force-recreate",
        does: "recreate them",
        flag: "--force-recreate",
        of: ["docker compose up", "docker-compose up"]
      }
    ]
  },
  {
    kind: "down",
    tasks: "stop (the |all |our )(containers|services|stack)|(shut|take) (the containers|the stack|everything) down",
    heldOutTasks: "the stack is not needed now, end it",
    forbids: "use docker-compose|use the old docker-compose|call docker-compose",
    closing: "The containers are stopped.",
    files: ["compose.yaml", "Dockerfile"],
    ways: [
      way("docker-compose down", "docker-compose|the old compose"),
      way(
        "docker compose down",
        "docker compose|compose v2|the compose plugin",
        "leave out the (dash|hyphen)",
        "docker-compose is (v1|gone|deprecated)"
      ),
      way(
        "docker compose stop",
        "stop|docker compose stop",
        "only stop them|keep the containers",
        "I still need the containers"
      ),
      way("podman compose down", "podman|podman compose", "", "there is no docker here|we run podman"),
      way(
        "docker compose down -v",
        "-v|the volumes too|docker compose down -v",
        "(delete|remove|drop) the volumes( too|)",
        "the data must go as well"
      ),
      way("docker compose stop {b}", "only the service {b}|the service {b}", "stop only {b}"),
      way("docker stop {b}", "docker stop {b}|the container {b}"),
      way("make down", "make|make down|the down target", "", "", ["Makefile"]),
      way("vagrant halt", "vagrant|vagrant halt", "", "", ["Vagrantfile"]),
      way("tilt down", "tilt|tilt down", "", "", ["Tiltfile"]),
      way("{m} down", "{m}|{m} down"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [{
      names: "--remove-orphans|orphans too",
      does: "remove (the |)orphans",
      flag: "--remove-orphans",
      of: ["docker compose down", "docker-compose down"]
    }]
  },
  {
    kind: "image",
    weight: 2,
    slots: (rng) => ({ x: word(rng) }),
    tasks:
      "build the (docker |container |)image {x}|(build|make) an image (called |){x}|(build|bake) the container {x}",
    heldOutTasks: "I need {x} as an image",
    forbids: "use docker|run docker|call docker|build with docker",
    closing: "The image {x} is built.",
    files: ["Dockerfile"],
    ways: [
      way("docker build -t {x} .", "docker|docker build"),
      way(
        "podman build -t {x} .",
        "podman|podman build",
        "build it with podman",
        "there is no docker here|we run podman|docker needs root"
      ),
      way("docker buildx build -t {x} .", "buildx|docker buildx|buildx build", "build it with buildx"),
      way(
        "docker compose build {x}",
        "compose|docker compose|docker compose build",
        "let compose build it",
        "it's a compose service",
        ["compose.yaml"]
      ),
      way("docker buildx bake {x}", "bake|buildx bake"),
      way("buildah bud -t {x} .", "buildah"),
      way("nerdctl build -t {x} .", "nerdctl"),
      way("docker pull {x}", "docker pull|a pull", "pull it( instead|)", "it's in the registry( already|)"),
      way("pack build {x}", "pack|buildpacks", "", "there is no Dockerfile"),
      way("ko build", "ko|ko build"),
      way("earthly +{x}", "earthly", "", "there is an Earthfile", ["Earthfile"]),
      way("make image", "make|make image|the image target", "", "", ["Makefile"]),
      way("{m} build -t {x} .", "{m}|{m} build"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "--no-cache|no cache",
        does: "(skip|ignore) the cache|start from scratch",
        facts: "the cache is stale",
        flag: "--no-cache",
        of: ["docker build", "podman build", "docker buildx build", "docker compose build"]
      },
      {
        names: "--pull|a fresh base( image|)",
        does: "pull the base( image|)",
        flag: "--pull",
        of: ["docker build", "podman build"]
      },
      {
        names: "--platform linux/amd64|amd64|the amd64 platform",
        does: "build (it |)for amd64",
        facts: "the servers are amd64",
        flag: "--platform linux/amd64",
        of: ["docker build", "docker buildx build", "podman build"]
      },
      {
        names: "the target {w}|--target {w}|only the {w} stage|the {w} stage",
        does: "stop at (the stage |){w}",
        flag: "--target {w}",
        of: ["docker build", "podman build"]
      },
      {
        names: "-f {d}/Dockerfile|{d}/Dockerfile|the Dockerfile in {d}",
        does: "take the Dockerfile in {d}",
        facts: "the Dockerfile is in {d}",
        flag: "-f {d}/Dockerfile",
        of: ["docker build", "podman build"]
      },
      {
        names: "the tag {v}|{v} as (the |)tag|:{v}",
        does: "tag it {v}",
        replaces: ["-t {x}", "-t {x}:{v}"],
        of: ["docker build", "podman build"]
      },
      {
        names: "the context {d}|{d} as (the |)context",
        does: "use {d} as the context",
        replaces: ["{x} .", "{x} {d}"],
        of: ["docker build", "podman build"]
      }
    ]
  },
  {
    kind: "logs",
    slots: (rng) => ({ x: word(rng) }),
    tasks: "(show|print|get) (me |)the logs of {x}|what does {x} log?|look into the logs of {x}",
    heldOutTasks: "I wonder what {x} wrote to its log",
    forbids: "use docker|call docker|use docker logs",
    closing: "Those are the logs.",
    files: ["compose.yaml"],
    ways: [
      way("docker logs {x}", "docker logs|docker"),
      way("podman logs {x}", "podman|podman logs", "", "there is no docker here|we run podman"),
      way(
        "docker compose logs {x}",
        "docker compose|compose|docker compose logs",
        "let compose show them",
        "it's a compose service|{x} is the service, not the container"
      ),
      way("kubectl logs {x}", "kubectl|kubectl logs|k8s|kubernetes", "", "it runs in the cluster|it's a pod"),
      way("kubectl logs deploy/{x}", "deploy/{x}|the deployment", "", "it's a deployment"),
      way("stern {x}", "stern"),
      way("journalctl -u {x}", "journalctl|systemd|the journal", "", "it's a systemd (unit|service)"),
      way("pm2 logs {x}", "pm2|pm2 logs", "", "pm2 runs it"),
      way("heroku logs -a {x}", "heroku", "", "it's on heroku"),
      way("fly logs -a {x}", "fly|flyctl", "", "it's on fly"),
      way(
        "tail -f logs/{x}.log",
        "the log file|logs/{x}.log|tail -f",
        "look at the log file",
        "it logs (to|into) a file"
      ),
      way("make logs", "make|make logs", "", "", ["Makefile"]),
      way("{m} logs {x}", "{m}|{m} logs"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "-f|--follow",
        does: "follow (them|it)|keep following",
        facts: "I want to see new lines",
        flag: "-f",
        of: ["docker logs", "docker compose logs", "kubectl logs", "journalctl", "podman logs"]
      },
      {
        names: "--tail {n}|the last {n} lines|only {n} lines",
        does: "(show|print) only the last {n} lines",
        flag: "--tail {n}",
        of: ["docker logs", "docker compose logs", "kubectl logs", "podman logs"]
      },
      {
        names: "--since {n}m|the last {n} minutes",
        does: "show only the last {n} minutes",
        flag: "--since {n}m",
        of: ["docker logs", "kubectl logs", "docker compose logs"]
      },
      {
        names: "the namespace {w}|-n {w}|namespace {w}",
        facts: "it's in the namespace {w}",
        flag: "-n {w}",
        of: ["kubectl"]
      }
    ]
  },
  {
    kind: "shell-in",
    slots: (rng) => ({ x: word(rng) }),
    tasks: "open a shell in (the container |){x}|(get|take) me into (the container |){x}|go inside the container {x}",
    heldOutTasks: "I want a prompt within {x}",
    forbids: "use bash|use docker exec|expect bash there",
    closing: "You are in {x}.",
    files: ["compose.yaml"],
    ways: [
      way("docker exec -it {x} bash", "docker exec|bash"),
      way(
        "docker compose exec {x} bash",
        "docker compose|compose|docker compose exec",
        "go through compose",
        "it's a compose service"
      ),
      way("docker exec -it {x} sh", "sh|plain sh", "take sh", "there is no bash in it|it is alpine"),
      way("docker compose exec {x} sh", "docker compose with sh|docker compose exec with sh"),
      way("docker compose run --rm {x} bash", "docker compose run|a fresh container", "", "it isn't running"),
      way("podman exec -it {x} bash", "podman|podman exec", "", "we run podman"),
      way("kubectl exec -it {x} -- bash", "kubectl|kubectl exec|kubernetes", "", "it's a pod|it runs in the cluster"),
      way("docker exec -it -u root {x} bash", "root|-u root", "go in as root"),
      way("docker attach {x}", "docker attach|attach"),
      way("{m} exec -it {x} bash", "{m}|{m} exec"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "apply",
    slots: (rng) => ({ x: path(rng, [".yaml", ".yml"]) }),
    tasks: "(apply|deploy|roll out) {x}|bring {x} (to|into) the cluster",
    heldOutTasks: "the cluster should run what {x} says",
    forbids: "use kubectl|apply things by hand|use kubectl apply",
    closing: "{x} is applied.",
    files: ["{x}"],
    ways: [
      way("kubectl apply -f {x}", "kubectl|kubectl apply"),
      way("make deploy", "make|make deploy|the deploy target", "", "", ["Makefile"]),
      way("kubectl diff -f {x}", "kubectl diff|a diff first", "show the diff first", "I want to see what would change"),
      way(
        "kubectl apply --dry-run=server -f {x}",
        "a dry run|--dry-run=server|a server( |-)side dry run",
        "(do|make) a dry run( first|)"
      ),
      way("kubectl apply --server-side -f {x}", "--server-side|server-side apply"),
      way("kubectl create -f {x}", "kubectl create|create"),
      way("kubectl replace -f {x}", "kubectl replace"),
      way("kubectl apply -k {d}", "kustomize|-k {d}", "", "{d} is a kustomization"),
      way(
        "helm upgrade --install {b} .",
        "helm with the release {b}|a helm upgrade of {b}",
        "",
        "it's the helm release {b}"
      ),
      way("oc apply -f {x}", "oc|openshift", "", "it's openshift"),
      way("terraform apply", "terraform|terraform apply", "", "it's terraform"),
      way("skaffold run", "skaffold"),
      way("{m} apply -f {x}", "{m}|{m} apply"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "the namespace {w}|-n {w}|namespace {w}",
        does: "put it (in|into) the namespace {w}",
        facts: "it belongs in the namespace {w}|the namespace is {w}",
        flag: "-n {w}",
        of: ["kubectl", "oc"]
      },
      {
        names: "the context {w}|--context {w}|context {w}",
        does: "use the context {w}",
        facts: "the cluster is {w}",
        flag: "--context {w}",
        of: ["kubectl"]
      }
    ]
  },
  {
    kind: "migrate",
    tasks:
      "run the (database |db |)migrations|migrate the (database|db)|apply the migrations|bring the (database|db|schema) up to date",
    heldOutTasks: "the tables are old, renew them",
    forbids: "use prisma|call prisma|migrate with prisma|use npx",
    closing: "The database is up to date.",
    ways: [
      way("npx prisma migrate dev", "prisma|prisma migrate dev"),
      way(
        "npm run migrate",
        "npm|the migrate script|npm run migrate",
        "run the migrate script",
        "there is a migrate script"
      ),
      way(
        "npx prisma migrate deploy",
        "prisma migrate deploy|migrate deploy|deploy mode",
        "only deploy them",
        "it's not a dev database|dev can reset the database"
      ),
      way("npx prisma db push", "db push|prisma db push"),
      way("npx drizzle-kit migrate", "drizzle|drizzle-kit", "", "", ["drizzle.config.ts"]),
      way("npx knex migrate:latest", "knex|migrate:latest", "", "", ["knexfile.js"]),
      way("npx sequelize db:migrate", "sequelize"),
      way("npx typeorm migration:run", "typeorm"),
      way("pnpm migrate", "pnpm|pnpm migrate", "", "", ["pnpm-lock.yaml"]),
      way(
        "python manage.py migrate",
        "django|manage.py|manage.py migrate",
        "",
        "(this is|it's) a django (project|app)",
        ["manage.py"]
      ),
      way("alembic upgrade head", "alembic|alembic upgrade head|sqlalchemy", "", "there is an alembic.ini", [
        "alembic.ini"
      ]),
      way("uv run alembic upgrade head", "alembic through uv|uv run alembic|uv"),
      way("flask db upgrade", "flask|flask db upgrade", "", "(this is|it's) a flask app"),
      way("bin/rails db:migrate", "rails|rails db:migrate|db:migrate", "", "(this is|it's) a rails app", ["bin/rails"]),
      way("php artisan migrate", "artisan|laravel|php artisan migrate", "", "(this is|it's) a laravel app", [
        "artisan"
      ]),
      way("mix ecto.migrate", "ecto|mix|mix ecto.migrate", "", "", ["mix.exs"]),
      way("diesel migration run", "diesel", "", "", ["diesel.toml"]),
      way("sqlx migrate run", "sqlx|sqlx migrate run"),
      way("flyway migrate", "flyway", "", "", ["flyway.conf"]),
      way("liquibase update", "liquibase"),
      way("goose up", "goose|goose up"),
      way("dbmate up", "dbmate|dbmate up"),
      way("atlas migrate apply", "atlas"),
      way("dotnet ef database update", "dotnet|ef|entity framework|dotnet ef", "", "", ["App.csproj"]),
      way("make migrate", "make|make migrate|the migrate target", "", "there is a make target for that", ["Makefile"]),
      way(
        "docker compose run --rm app npm run migrate",
        "the container|docker compose run",
        "run them (in|inside) the container"
      ),
      way("{m} migrate", "{m}|{m} migrate"),
      way("{m} {s}", "{m} {s}")
    ]
  },
  {
    kind: "download",
    weight: 2,
    known: true,
    slots: (rng) => ({
      x: `https://${word(rng)}.${rng.pick(["com", "org", "dev", "io", "net"])}/${stem(rng)}${
        rng.pick([".zip", ".json", ".txt", ".csv", ".tar.gz"])
      }`
    }),
    tasks: "(download|fetch|get|grab) {x}|(download|fetch|save) the file {x}|(put|save) {x} here",
    heldOutTasks: "I need {x} on disk",
    forbids: "use curl|download with curl|call curl|run curl",
    closing: "It is downloaded.",
    ways: [
      way("curl -O {x}", "curl|curl -O"),
      way("wget {x}", "wget", "let wget do it", "there is no curl here|curl isn't installed"),
      way("aria2c {x}", "aria2c|aria|aria2"),
      way("http --download {x}", "httpie|http --download"),
      way("xh --download {x}", "xh"),
      way("axel {x}", "axel"),
      way(
        "curl -L -O {x}",
        "-L|curl -L|curl with -L|--location",
        "follow (the |)redirects",
        "it redirects|the server redirects"
      ),
      way("curl -f -O {x}", "-f|curl -f|--fail", "fail on (http |)errors"),
      way("curl -s -O {x}", "-s|curl -s|silent mode", "be silent|hide the progress", "the progress bar is noise"),
      way("curl -k -O {x}", "-k|--insecure", "ignore the certificate", "the certificate is self-signed"),
      way("curl -C - -O {x}", "-C -|curl -C -", "(resume|continue) the download", "the last try broke off"),
      way(
        "curl -o {b} {x}",
        "the name {b}|-o {b}|{b} as (the |)(file |)name",
        "(save|store) it as {b}|call it {b}",
        "the file should be called {b}"
      ),
      way(
        "curl -O --output-dir {d} {x}",
        "the folder {d}|{d}/|{d} as (the |)folder",
        "(put|save|store) it (in|into) {d}/",
        "downloads belong (in|into) {d}/"
      ),
      way("wget -P {d} {x}", "wget into {d}/|wget -P {d}"),
      way("wget -q {x}", "wget -q"),
      way("wget -c {x}", "wget -c"),
      way("gh release download", "gh|gh release download", "", "it's a github release"),
      way("git lfs pull", "git lfs", "", "it's in git lfs"),
      way("aws s3 cp {x} .", "aws|s3|aws s3 cp", "", "it's in a bucket"),
      way("Invoke-WebRequest {x}", "powershell|Invoke-WebRequest", "", "this is powershell"),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "request",
    slots: (rng) => ({ x: `http://localhost:${rng.pick(["3000", "8000", "8080"])}/${word(rng)}` }),
    tasks: "(call|request|query|try) {x}|what does {x} (answer|return)?|send a request to {x}",
    heldOutTasks: "see what comes back from {x}",
    forbids: "use curl|call curl|run curl",
    closing: "That is the answer.",
    ways: [
      way("curl {x}", "curl"),
      way("http {x}", "httpie|http", "", "curl isn't installed"),
      way("xh {x}", "xh"),
      way("wget -qO- {x}", "wget|wget -qO-", "let wget do it"),
      way("curl -s {x}", "-s|silent mode|curl -s", "be silent", "the progress bar is noise"),
      way("curl -i {x}", "-i|headers too|curl -i", "show the headers( too|)", "I want to see the headers( too|)"),
      way("curl -I {x}", "a HEAD request|only the headers|curl -I", "only ask for the headers"),
      way("curl -v {x}", "-v|verbose mode|curl -v", "be verbose"),
      way("curl -X POST {x}", "POST|a POST( request|)|-X POST", "post it|send a POST", "it only takes POST"),
      way("curl -X DELETE {x}", "DELETE|a DELETE( request|)|-X DELETE", "send a DELETE"),
      way("curl -X PUT {x}", "PUT|a PUT( request|)|-X PUT", "send a PUT"),
      way(
        "curl -s {x} | jq .",
        "jq|curl and jq",
        "pretty print (it|the json)|pipe it (to|into|through) jq",
        "I can't read the raw json"
      ),
      way("curl -L {x}", "-L|curl -L", "follow redirects"),
      way("hurl {w}.hurl", "{w}.hurl|hurl with {w}.hurl"),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [{
      names: "port {n}|the port {n}",
      does: "try port {n}",
      facts: "it listens on {n}|the port is {n}",
      replaces: ["{x}", "http://localhost:{n}/"],
      of: ["curl {x}", "http {x}"]
    }]
  },
  {
    kind: "venv",
    tasks: "(make|create|set up) a (virtual environment|venv|virtualenv)|we need a (virtual environment|venv)",
    heldOutTasks: "give the project an environment of its own",
    forbids: "use python -m venv|use venv|call venv",
    closing: "The environment is there.",
    ways: [
      way("python -m venv .venv", "python -m venv|the venv module|python"),
      way("uv venv", "uv|uv venv", "make it with uv", "this is a uv (project|repo)", ["uv.lock"]),
      way("python3 -m venv .venv", "python3|python3 -m venv", "", "there is only python3"),
      way("virtualenv .venv", "virtualenv"),
      way("conda create -n {b}", "conda with the name {b}|a conda env {b}|conda create -n {b}"),
      way("poetry install", "poetry|poetry install", "", "poetry makes its own", ["poetry.lock"]),
      way("pipenv install", "pipenv", "", "", ["Pipfile"]),
      way("pdm venv create", "pdm|pdm venv"),
      way("hatch env create", "hatch|hatch env"),
      way("pixi init", "pixi|pixi init"),
      way(
        "python -m venv {b}",
        "the name {b}|{b} as (the |its |)name|the folder {b}",
        "call it {b}",
        "it should be called {b}"
      ),
      way("python3.{n} -m venv .venv", "python3.{n}|python 3.{n}", "", "it must be python 3.{n}"),
      way("uv venv --python 3.{n}", "uv with python 3.{n}|uv with 3.{n}"),
      way("pyenv virtualenv {b}", "pyenv with the name {b}|pyenv virtualenv {b}"),
      way("{m} venv", "{m}|{m} venv"),
      way("{m} {s}", "{m} {s}")
    ]
  },
  {
    kind: "node-version",
    slots: (rng) => ({ x: String(16 + rng.below(10)) }),
    tasks: "(use|switch to|take) node {x}|(change|set) the node version to {x}|we need node {x}",
    heldOutTasks: "node should be {x} here",
    forbids: "use nvm|call nvm|run nvm",
    closing: "Node {x} is in use.",
    files: ["package.json"],
    ways: [
      way("nvm use {x}", "nvm|nvm use"),
      way("fnm use {x}", "fnm|fnm use", "", "nvm is (slow|not installed), fnm is there"),
      way("nvm install {x}", "nvm install", "install it first", "it isn't installed( yet|)"),
      way("volta pin node@{x}", "volta|volta pin", "pin it with volta"),
      way("mise use node@{x}", "mise|mise use", "", "there is a mise.toml", ["mise.toml"]),
      way("asdf local nodejs {x}", "asdf|asdf local", "", "there is a .tool-versions", [".tool-versions"]),
      way("n {x}", "n \\(the version manager\\)"),
      way("nodenv local {x}", "nodenv"),
      way("pnpm env use -g {x}", "pnpm|pnpm env"),
      way("brew install node@{x}", "brew|homebrew"),
      way("nix shell nixpkgs#nodejs_{x}", "nix|nix shell"),
      way("devbox add nodejs@{x}", "devbox"),
      way("{m} use {x}", "{m}|{m} use"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "pack",
    slots: (rng) => ({ x: word(rng) }),
    tasks: "(zip|pack|archive|compress) (the folder |){x}/?|make an archive of {x}/",
    heldOutTasks: "I want {x}/ in one file",
    forbids: "use zip|make zip files|call zip",
    closing: "{x} is packed.",
    ways: [
      way("zip -r {x}.zip {x}", "zip|a zip"),
      way(
        "tar czf {x}.tar.gz {x}",
        "tar|a tarball|tar.gz|a tar.gz|gzip|tar czf",
        "make a tarball",
        "zip isn't installed|zip loses the permissions"
      ),
      way("tar cJf {x}.tar.xz {x}", "xz|tar.xz|a tar.xz"),
      way("tar --zstd -cf {x}.tar.zst {x}", "zstd|tar.zst|a tar.zst"),
      way("tar cf {x}.tar {x}", "a plain tar|no compression|tar cf", "leave it uncompressed"),
      way("7z a {x}.7z {x}", "7z|7zip|7-zip"),
      way(
        "git archive -o {x}.zip HEAD {x}",
        "git archive|git",
        "pack only what is tracked",
        "only tracked files belong in it"
      ),
      way("zip -rq {x}.zip {x}", "zip -q|-q", "be quiet"),
      way("zip -r {b}.zip {x}", "the name {b}.zip|{b}.zip", "call it {b}.zip", "it should be {b}.zip"),
      way(
        "zip -r {x}.zip {x} -x \"*/node_modules/*\"",
        "no node_modules",
        "(leave out|skip) node_modules",
        "node_modules must stay out"
      ),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  }
]
