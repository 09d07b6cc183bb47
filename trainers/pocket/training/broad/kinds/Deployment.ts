import { path, word } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** Going into what runs, and changing it. */
export const deploymentKinds: ReadonlyArray<Kind> = [
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
  }
]
