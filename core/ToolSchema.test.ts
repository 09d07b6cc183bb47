import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { defineTool } from "./defineTool.ts"
import { briefParameters, chatTool, fullParameters } from "./ToolSchema.ts"

const parameters = Schema.Struct({
  path: Schema.String.annotate({ description: "Where" }),
  zeta: Schema.Int,
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))),
  all: Schema.optionalKey(Schema.Boolean.annotate({ description: "Every one" })),
  mode: Schema.Literals(["a", "b"]),
  ratio: Schema.Number,
  alpha: Schema.optionalKey(Schema.Union([Schema.Boolean, Schema.String]))
})

describe("a tool's parameters for the model", () => {
  it("in full: types, limits and descriptions, in the order of declaration", () => {
    assert.strictEqual(
      JSON.stringify(fullParameters(parameters)),
      JSON.stringify({
        type: "object",
        properties: {
          path: { type: "string", description: "Where" },
          zeta: { type: "integer" },
          limit: { type: "integer", minimum: 1, maximum: 9 },
          all: { type: "boolean", description: "Every one" },
          mode: { type: "string", enum: ["a", "b"] },
          ratio: { type: "number" },
          alpha: { anyOf: [{ type: "boolean" }, { type: "string" }] }
        },
        required: ["path", "zeta", "mode", "ratio"],
        additionalProperties: false
      })
    )
  })

  it("in brief: bare types", () => {
    assert.strictEqual(
      JSON.stringify(briefParameters(parameters)),
      JSON.stringify({
        type: "object",
        properties: {
          path: { type: "string" },
          zeta: { type: "integer" },
          limit: { type: "integer" },
          all: { type: "boolean" },
          mode: { type: "string" },
          ratio: { type: "number" },
          alpha: { type: "boolean" }
        },
        required: ["path", "zeta", "mode", "ratio"]
      })
    )
  })

  it("refuses parameters that are no struct", () => {
    class Point extends Schema.Class<Point>("Point")({ x: Schema.Int }) {}
    for (const schema of [Schema.String, Point])
      assert.throws(() => fullParameters(schema), /not the fields of a Schema.Struct/)
  })

  it("the brief form takes the summary, the full one the description", () => {
    const tool = defineTool({
      name: "t",
      summary: "Short.",
      description: "Long and detailed.",
      parameters: Schema.Struct({}),
      run: () => ""
    })
    assert.deepStrictEqual(chatTool(tool, "brief"), {
      type: "function",
      function: { name: "t", description: "Short.", parameters: { type: "object", properties: {}, required: [] } }
    })
    assert.deepStrictEqual(chatTool(tool, "full"), {
      type: "function",
      function: {
        name: "t",
        description: "Long and detailed.",
        parameters: { type: "object", properties: {}, required: [], additionalProperties: false }
      }
    })
  })
})
