/**
 * Corrections written by hand, in words that no grammar has: whether the skill reaches beyond the patterns. Never trained on; a change
 * to the grammars must not be made for their sake.
 */
import { systemPrompt } from "../../../../core/prompt/SystemPrompt.ts"
import { toolCallText } from "../../../../core/prompt/ToolCallText.ts"
import type { Message } from "../../../../core/domain/Message.ts"
import { segments } from "../Conversation.ts"
import type { EvaluationItem } from "../Evaluation.ts"
import { callOf } from "./Scenes.ts"

type Row = readonly [kind: string, files: string, task: string, attempt: string, correction: string, answer: string]

const ROWS: ReadonlyArray<Row> = [
  [
    "node-install",
    "package.json src/app.js",
    "install chalk",
    "npm install chalk",
    "errr this workspace has been pnpm ever since Maria joined",
    "pnpm add chalk"
  ],
  [
    "node-install",
    "package.json yarn.lock",
    "add lodash",
    "npm install lodash",
    "package-lock.json showed up in my PR again. You know we're a Yarn house",
    "yarn add lodash"
  ],
  [
    "node-install",
    "package.json",
    "we need eslint",
    "npm install eslint",
    "linters don't go to production -> -D",
    "npm install -D eslint"
  ],
  [
    "node-install",
    "package.json",
    "add zod to the dependencies",
    "npm install zod",
    "bun is what this machine has, nothing else",
    "bun add zod"
  ],
  [
    "node-install",
    "package.json",
    "install express",
    "npm install express",
    "deno's own command for adding things, thank you very much",
    "deno add npm:express"
  ],
  [
    "node-install",
    "package.json",
    "get the package vite",
    "npm install vite",
    "would prefer if carets stayed out: --save-exact",
    "npm install --save-exact vite"
  ],
  [
    "python-install",
    "pyproject.toml",
    "install httpx for python",
    "pip install httpx",
    "uh-oh, bare pip. Everything is managed with uv over here",
    "uv add httpx"
  ],
  [
    "python-install",
    "pyproject.toml",
    "python needs pandas",
    "pip install pandas",
    "my environment is conda's business, so ask conda",
    "conda install pandas"
  ],
  [
    "python-install",
    "pyproject.toml",
    "add the python package rich",
    "pip install rich",
    "poetry add pls, else pyproject.toml knows nothing about it",
    "poetry add rich"
  ],
  [
    "other-install",
    "Cargo.toml src/main.rs",
    "add serde",
    "npm install serde",
    "npm in a Rust crate?? that's cargo's job",
    "cargo add serde"
  ],
  [
    "other-install",
    "go.mod main.go",
    "we need cobra",
    "npm install cobra",
    "gophers do not npm; go get",
    "go get cobra"
  ],
  [
    "other-install",
    "composer.json",
    "add monolog",
    "npm install monolog",
    "wrong universe! PHP lives on composer",
    "composer require monolog"
  ],
  [
    "install-all",
    "package.json",
    "install the dependencies",
    "npm install",
    "keep your hands off package-lock.json, npm ci exists for a reason",
    "npm ci"
  ],
  [
    "uninstall",
    "package.json",
    "uninstall moment",
    "npm uninstall moment",
    "yarn's remove, you used the wrong manager",
    "yarn remove moment"
  ],
  [
    "test-run",
    "Cargo.toml src/lib.rs",
    "run the tests",
    "npm test",
    "there isn't even a package.json here. cargo!",
    "cargo test"
  ],
  [
    "test-run",
    "go.mod main_test.go",
    "do the tests pass?",
    "npm test",
    "Go ships with a test command, you might use it",
    "go test ./..."
  ],
  ["test-run", "pyproject.toml", "run the test suite", "npm test", "snakes, not javascript. pytest", "pytest"],
  [
    "test-run",
    "package.json",
    "are the tests green?",
    "npm test",
    "We threw the npm scripts out months ago and call vitest ourselves",
    "npx vitest run"
  ],
  [
    "test-run",
    "package.json",
    "run all tests",
    "npm test",
    "node has had a runner on board since 18. Let's rely on that",
    "node --test"
  ],
  [
    "test-run",
    "Makefile main.c",
    "run the tests",
    "npm test",
    "try make test, that's where the flags live",
    "make test"
  ],
  ["test-run", "pyproject.toml", "run the tests", "pytest", "could do with less chatter: -q", "pytest -q"],
  [
    "python-run",
    "src/main.py",
    "run src/main.py",
    "python src/main.py",
    "python alone won't see our packages; uv run would",
    "uv run src/main.py"
  ],
  [
    "python-run",
    "tool.py",
    "start tool.py",
    "python tool.py",
    "on this mac it is called python3, sadly",
    "python3 tool.py"
  ],
  [
    "node-run",
    "scripts/seed.ts package.json",
    "run scripts/seed.ts",
    "node scripts/seed.ts",
    "it's typescript, mate: tsx",
    "npx tsx scripts/seed.ts"
  ],
  ["script", "package.json", "run the lint-docs script", "npm run lint-docs", "same thing but pnpm", "pnpm lint-docs"],
  [
    "serve",
    "compose.yaml package.json",
    "start the app",
    "npm start",
    "half the services would be missing. docker compose up",
    "docker compose up"
  ],
  ["build", "package.json", "build it", "npm run build", "I've a Makefile for a reason, y'know", "make"],
  [
    "build",
    "Cargo.toml",
    "build the project",
    "cargo build",
    "debug binaries are useless to the customer, so --release",
    "cargo build --release"
  ],
  ["build", "pom.xml", "build the project", "npm run build", "Java! Maven!", "mvn package"],
  [
    "format",
    "src/a.ts package.json",
    "format src/a.ts",
    "npx prettier --write src/a.ts",
    "Biome does both lint and format for us, keep prettier out of it",
    "npx biome format --write src/a.ts"
  ],
  [
    "format-other",
    "src/a.py",
    "format src/a.py",
    "npx prettier --write src/a.py",
    "prettier can't even parse that; ruff can",
    "ruff format src/a.py"
  ],
  [
    "lint",
    "package.json",
    "run the linter",
    "npx eslint .",
    "you're bypassing the flags in our script - npm run lint",
    "npm run lint"
  ],
  [
    "lint",
    "package.json",
    "lint the project",
    "npx eslint .",
    "fine, and --fix while you are at it",
    "npx eslint --fix ."
  ],
  [
    "commit",
    "src/a.js",
    "commit this as fix parser",
    "git add -A && git commit -m \"fix parser\"",
    "My scratch files got swept in! Stick with what's tracked (-am)",
    "git commit -am \"fix parser\""
  ],
  [
    "commit",
    "src/a.js",
    "commit this as add cache",
    "git add -A && git commit -m \"add cache\"",
    "DCO bot is going to bark at that: -s",
    "git commit -s -am \"add cache\""
  ],
  [
    "commit",
    "src/a.js",
    "commit with the message update docs",
    "git add -A && git commit -m \"update docs\"",
    "we write conventional commits, so that wants a docs: up front",
    "git add -A && git commit -m \"docs: update docs\""
  ],
  [
    "commit",
    "src/a.js",
    "commit this as rename store",
    "git add -A && git commit -m \"rename store\"",
    "Jira ticket please: PLAT-3391 before the text",
    "git add -A && git commit -m \"PLAT-3391: rename store\""
  ],
  [
    "commit",
    "src/a.js",
    "commit: fix typo",
    "git add -A && git commit -m \"fix typo\"",
    "that's hardly worth a commit of its own, --amend it onto the previous",
    "git commit --amend --no-edit"
  ],
  [
    "commit",
    "src/a.js",
    "commit this as fix login",
    "git add -A && git commit -m \"fix login\"",
    "hook's busted, go around it with --no-verify",
    "git add -A && git commit --no-verify -m \"fix login\""
  ],
  [
    "branch",
    "src/a.js",
    "make a branch parser",
    "git checkout -b parser",
    "checkout? welcome to 2019. switch!",
    "git switch -c parser"
  ],
  [
    "branch",
    "src/a.js",
    "new branch cache",
    "git checkout -b cache",
    "ours go under feature/",
    "git checkout -b feature/cache"
  ],
  [
    "branch",
    "src/a.js",
    "create the branch login",
    "git checkout -b login",
    "my initials first, so that'd be jk/login",
    "git checkout -b jk/login"
  ],
  [
    "push",
    "src/a.js",
    "push it",
    "git push",
    "whoa, not onto a protected main... pull request!",
    "gh pr create --fill"
  ],
  [
    "push",
    "src/a.js",
    "push my branch",
    "git push",
    "since I've rebased you'll want --force-with-lease",
    "git push --force-with-lease"
  ],
  [
    "pull",
    "src/a.js",
    "get the latest changes",
    "git pull",
    "ugly merge bubbles every time... --rebase",
    "git pull --rebase"
  ],
  [
    "undo",
    "src/a.js",
    "discard my changes in src/a.js",
    "git checkout -- src/a.js",
    "git restore was invented for that",
    "git restore src/a.js"
  ],
  [
    "search",
    "src/a.js",
    "where is loadUser used",
    "grep -rn \"loadUser\" .",
    "no shell needed, hon: your grep tool finds that",
    "@grep pattern=loadUser"
  ],
  [
    "search",
    "src/a.js",
    "find formatDate in the code",
    "grep -rn \"formatDate\" .",
    "ripgrep would've been done by now",
    "rg \"formatDate\""
  ],
  [
    "search",
    "src/a.js",
    "who calls parseRow?",
    "grep -rn \"parseRow\" .",
    "that crawls through node_modules, git grep doesn't",
    "git grep \"parseRow\""
  ],
  [
    "show",
    "README.md",
    "show me README.md",
    "cat README.md",
    "I gave you a read tool precisely so that I don't have to approve cat",
    "@read path=README.md"
  ],
  [
    "show",
    "server.log",
    "what is in server.log?",
    "cat server.log",
    "it has a million lines!! tail",
    "tail -n 20 server.log"
  ],
  [
    "find",
    "src/a.ts",
    "list all .ts files",
    "find . -name \"*.ts\"",
    "glob, it's one of your tools",
    "@glob pattern=**/*.ts"
  ],
  [
    "delete",
    "old.js",
    "delete old.js",
    "rm -rf old.js",
    "git won't notice if you go behind its back like that; git rm",
    "git rm old.js"
  ],
  [
    "delete",
    "notes.md",
    "delete notes.md",
    "rm -rf notes.md",
    "yikes -rf! Into the trash with it, in case I regret this",
    "trash notes.md"
  ],
  [
    "rename",
    "a.py",
    "rename a.py to b.py",
    "mv a.py b.py",
    "blame is lost when you mv without git",
    "git mv a.py b.py"
  ],
  [
    "up",
    "compose.yaml",
    "start the containers",
    "docker-compose up -d",
    "drop the hyphen, v1 was sunset",
    "docker compose up -d"
  ],
  [
    "image",
    "Dockerfile",
    "build the image api",
    "docker build -t api .",
    "rootless box: podman builds those",
    "podman build -t api ."
  ],
  [
    "image",
    "Dockerfile",
    "build the image web",
    "docker build -t web .",
    "layers are stale, I'd throw in --no-cache",
    "docker build --no-cache -t web ."
  ],
  [
    "download",
    "data/a.csv",
    "download https://example.org/a.zip",
    "curl -O https://example.org/a.zip",
    "wget keeps retrying when the line drops",
    "wget https://example.org/a.zip"
  ],
  [
    "migrate",
    "alembic.ini pyproject.toml",
    "run the migrations",
    "npx prisma migrate dev",
    "prisma has no place in a python service, alembic upgrade head",
    "alembic upgrade head"
  ]
]

const asked = (files: ReadonlyArray<string>, messages: ReadonlyArray<Message>): string =>
  segments({ system: systemPrompt({ files, total: files.length }), messages }).map(({ text }) => text).join("")
  + "<|im_start|>assistant\n"

/** The hand-written corrections after the denied call, as evaluation items. */
export const freshEvaluation: ReadonlyArray<EvaluationItem> = ROWS.map(
  ([kind, files, task, attempt, correction, answer]) => {
    const call = callOf(attempt, {})
    const wanted = callOf(answer, {})
    return {
      kind,
      form: "fresh",
      prompt: asked(files.split(" ").toSorted(), [
        { _tag: "User", text: task },
        { _tag: "Assistant", text: toolCallText(call.tool, call.arguments) },
        { _tag: "Denied", call: { id: "", ...call }, correction }
      ]),
      answer: toolCallText(wanted.tool, wanted.arguments)
    }
  }
)
