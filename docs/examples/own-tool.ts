import { defineAgent, defineTool } from "continualcode"
import { builtinTools } from "continualcode/tools"
import * as Schema from "effect/Schema"

const weekday = defineTool({
  name: "weekday",
  summary: "Name the weekday of a date.",
  parameters: Schema.Struct({ date: Schema.String.annotate({ description: "A date as YYYY-MM-DD" }) }),
  readOnly: true,
  run: ({ date }) => {
    const day = new Date(date)
    return Number.isNaN(day.getTime())
      ? { output: `${date} is not a date`, success: false, feedback: "Write the date as YYYY-MM-DD." }
      : day.toLocaleDateString("en", { weekday: "long", timeZone: "UTC" })
  }
})

/** The built-in tools without the shell, plus one of its own. */
export default defineAgent({
  tools: [...builtinTools.filter(({ name }) => name !== "bash"), weekday]
})
