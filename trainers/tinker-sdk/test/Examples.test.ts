import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { startFakeTinker } from "../testing/node.ts"

const folder = new URL("../examples/", import.meta.url)

const expected: Readonly<Record<string, RegExp>> = {
  "train.ts": /^sampled 7, log-probability -?0\.\d\d\nsaved tinker:\/\/\S+\/weights\/taught\n$/,
  "promise.ts": /^before: -\d+\.\d\d\nafter: -?\d+\.\d\d\n$/,
  "custom-loss.ts": /^step 0: p = 0\.\d\d\nstep 13: .*\nstep 26: .*\nstep 39: p = 0\.\d\d\n$/
}

/** Run by Node itself, against the fake service behind a socket: a text, from where the package is. */
const run = async (code: string): Promise<string> => {
  const fake = await startFakeTinker({ apiKey: "tml-example" })
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [
        "--conditions=continualcode-source",
        "--input-type=module-typescript",
        "-"
      ], {
        cwd: fileURLToPath(new URL("..", import.meta.url)),
        env: { ...process.env, TINKER_API_KEY: "tml-example", TINKER_BASE_URL: fake.baseUrl, MODEL: "fake/softmax" }
      })
      const said = { stdout: "", stderr: "" }
      child.stdout.on("data", (part: Buffer) => said.stdout += part.toString())
      child.stderr.on("data", (part: Buffer) => said.stderr += part.toString())
      child.on("error", reject)
      child.on("close", (status) => status === 0 ? resolve(said.stdout) : reject(new Error(said.stderr)))
      child.stdin.end(code)
    })
  } finally {
    await fake.close()
  }
}

describe("the examples", () => {
  it("are all run here", () => {
    assert.deepStrictEqual(readdirSync(folder).toSorted(), Object.keys(expected).toSorted())
  })

  for (const [name, output] of Object.entries(expected)) {
    it(`${name} does what it says`, async () => {
      assert.match(await run(readFileSync(new URL(name, folder), "utf8")), output)
    })
  }

  it("of the README run too", async () => {
    const text = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    const blocks = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code]) => code ?? "")
    assert.strictEqual(blocks.length, 2)
    for (const block of blocks) {
      // The fake service has another model, and another address.
      const code = block.replaceAll("Qwen/Qwen3-8B", "fake/softmax")
        .replace("?? \"\" }", "?? \"\", baseUrl: process.env.TINKER_BASE_URL }")
      assert.strictEqual(await run(code), "")
    }
  })
})
