/** Loads each agent file in argv and prints what came of it as one JSON array. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { loadAgent } from "../../plugins/host/LoadAgent.ts"

const outcomes = await Effect.runPromise(Effect.forEach(process.argv.slice(2), (file) =>
  loadAgent(file).pipe(
    Effect.map((agent) => ({
      settings: agent.settings,
      // A schema made in the agent's file only decodes here when both use one copy of Effect.
      tools: Array.isArray(agent.tools)
        ? agent.tools.map((tool) => [tool.name, Schema.decodeUnknownOption(tool.parameters)({ times: 1 })._tag])
        : agent.tools
    })),
    Effect.catch((error) => Effect.succeed({ error: error.message }))
  )))
process.stdout.write(`${JSON.stringify(outcomes)}\n`)
