import { assert, describe, it } from "@effect/vitest"
import { protectionOf } from "./Protected.ts"

const kindOf = (path: string) => protectionOf(path.split("/"))?.kind

describe("protected places", () => {
  it("are told by any part of the path, in any case of letters", () => {
    const cases = {
      state: ".git/config .GIT/hooks/pre-commit sub/.git/config .continualcode/ledger.sqlite",
      secret:
        ".env config/.env.local .ENV keys/server.pem id_ed25519 id_rsa .netrc .npmrc .pypirc .ssh/authorized_keys "
        + "home/.aws/credentials .gnupg/x release.keystore .git-credentials",
      runs: "agent.ts sub/agent.mjs .husky/pre-commit .githooks/x .envrc .pre-commit-config.yaml .bashrc"
    }
    for (const [kind, paths] of Object.entries(cases)) {
      for (const path of paths.split(" ")) assert.strictEqual(kindOf(path), kind, path)
    }
  })

  it("are not what only looks alike", () => {
    const paths = [
      ".gitignore",
      ".github/workflows/ci.yml",
      "environment.js",
      "id_rsa.pub",
      "keyboard.js",
      "src/env",
      ".env.example",
      "my-agent.ts"
    ]
    for (const path of paths) assert.isUndefined(kindOf(path), path)
  })
})
