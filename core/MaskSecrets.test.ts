import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { MASK, maskJson, maskText } from "./MaskSecrets.ts"

const secrets = [
  "sk-" + "proj-abcdefghijklmnop1234",
  "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2",
  "github_pat_" + "11ABCDEFG0abcdefghijkl_mnop",
  "AKIA" + "IOSFODNN7EXAMPLE",
  "xoxb-" + "123456789012-abcdef",
  "hf_" + "abcdefghijklmnopqrstuvwx",
  "eyJhbGciOiJI." + "eyJzdWIiOiIx." + "SflKxwRJSMeKKF2",
  "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
]

describe("masking", () => {
  it("masks keys wherever they stand and keeps the text around them", () => {
    for (const secret of secrets) assert.strictEqual(maskText(`before ${secret} after`), `before ${MASK} after`)
  })

  it("masks the value that follows a telling name", () => {
    assert.strictEqual(maskText("export API_KEY=hunter2hunter2"), `export API_KEY=${MASK}`)
    assert.strictEqual(maskText("{\"password\": \"correct-horse\"}"), `{"password": "${MASK}"}`)
    assert.strictEqual(maskText("{\\\"client_secret\\\": \\\"abcdefgh1\\\"}"), `{\\"client_secret\\": \\"${MASK}\\"}`)
    assert.strictEqual(maskText("Authorization: Bearer abc.def-ghi_jkl"), `Authorization: Bearer ${MASK}`)
    assert.strictEqual(maskText("https://me:pa55word@host/x"), `https://me:${MASK}@host/x`)
  })

  it("leaves ordinary words, code and token ids alone", () => {
    for (
      const text of [
        "use edit_lines; don't overwrite",
        "const tokens = encode(text)",
        "sk-learn",
        "a password is needed"
      ]
    ) {
      assert.strictEqual(maskText(text), text)
    }
    const attempt = { text: `x ${secrets[0]}`, ids: [1, 2, 3], logProbs: [-0.5], deep: [{ correction: secrets[1] }] }
    assert.deepStrictEqual(maskJson(attempt), {
      text: `x ${MASK}`,
      ids: [1, 2, 3],
      logProbs: [-0.5],
      deep: [{ correction: MASK }]
    })
  })

  it.effect.prop(
    "masking twice is masking once",
    [Schema.String, Schema.Literals(secrets)],
    ([text, secret]) =>
      Effect.sync(() => {
        const once = maskText(`${text} token=${secret} ${text}`)
        assert.strictEqual(maskText(once), once)
      })
  )
})
