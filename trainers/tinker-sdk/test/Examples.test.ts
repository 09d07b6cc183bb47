import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startFakeTinker } from "../testing/node.ts"

const folder = new URL("../examples/", import.meta.url)

const expected: Readonly<Record<string, RegExp>> = {
  "train.ts": /^sampled 7, log-probability -?0\.\d\d\nsaved tinker:\/\/\S+\/weights\/taught\n$/,
  "promise.ts": /^before: -\d+\.\d\d\nafter: -?\d+\.\d\d\n$/,
  "custom-loss.ts": /^step 0: p = 0\.\d\d\nstep 13: .*\nstep 26: .*\nstep 39: p = 0\.\d\d\n$/
}

/** Run by Node itself, against the fake service behind a socket. */
const run = async (name: string): Promise<string> => {
  const fake = await startFakeTinker({ apiKey: "tml-example" })
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--conditions=continualcode-source", fileURLToPath(new URL(name, folder))],
      { env: { ...process.env, TINKER_API_KEY: "tml-example", TINKER_BASE_URL: fake.baseUrl, MODEL: "fake/softmax" } }
    )
    return stdout
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
      assert.match(await run(name), output)
    })
  }
})
