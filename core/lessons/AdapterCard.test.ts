import { assert, describe, it } from "@effect/vitest"
import { type AdapterCard, cardProblem, modelCard } from "./AdapterCard.ts"

const card: AdapterCard = {
  format: "continualcode/adapter@1",
  modelName: "Qwen/Qwen3-0.6B",
  modelIdentity: "abc",
  shape: "rank 16, alpha 32, on q_proj",
  lessons: 3,
  objective: "sdpo",
  revision: 7,
  at: Date.UTC(2026, 0, 2)
}
const head = (name: string): string => modelCard({ ...card, modelName: name }).split("---\n")[1] ?? ""

describe("the model card", () => {
  it("names a base model to the hub only when the hub has such names", () => {
    assert.include(head("Qwen/Qwen3-0.6B"), "\nbase_model: Qwen/Qwen3-0.6B\n")
    for (const name of ["pocket", "/home/me/models/x", "./x"]) assert.notInclude(head(name), "base_model")
  })

  it("says what it belongs to, how to load it and what is not known of it", () => {
    const text = modelCard(card)
    for (
      const part of [
        "`abc`",
        "rank 16, alpha 32",
        "| lessons in it | 3 |",
        "2026-01-02",
        "PeftModel.from_pretrained",
        "probe"
      ]
    ) assert.include(text, part)
  })
})

describe("an adapter from elsewhere", () => {
  it("is refused on other weights and in another shape", () => {
    assert.isUndefined(cardProblem(card, card, "x"))
    assert.match(cardProblem(card, { ...card, modelIdentity: "other" }, "x") ?? "", /learned on the model Qwen/)
    assert.match(cardProblem(card, { ...card, shape: "rank 8" }, "x") ?? "", /lora_rank and lora_alpha/)
  })
})
