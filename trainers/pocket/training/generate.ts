/**
 * Writes the pocket model's training corpus: `node generate.ts OUT_DIRECTORY COUNT SEED [FIX EXTEND DECISIVE WIDE BROAD]`. The situations
 * `fix` and `extend` count FIX and EXTEND times (default 2), the tokens that decide a repair DECISIVE times (default 1); WIDE is the
 * share of corrections in wide phrasings, BROAD that of conversations with corrections from grammars (both default 0).
 *
 * `conversations.jsonl` holds one conversation a line as [text, weight] pairs, `prefixes.json` the tool lists that may stand
 * before them (the real one first), `evaluation.jsonl` held-out prompts with the one call that obeys.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createWriteStream } from "node:fs"
import { once } from "node:events"
import { drawBroad, drawBroadEvaluation } from "./broad/Broad.ts"
import { freshEvaluation } from "./broad/Fresh.ts"
import { codeSituations } from "./CodeSituations.ts"
import { drawConversation, segments } from "./Conversation.ts"
import { drawEvaluation } from "./Evaluation.ts"
import { makeRng } from "./Rng.ts"
import { shellSituations } from "./ShellSituations.ts"
import { toolPrefix, variedTools } from "./ToolPrefix.ts"

const [directory, countText, seedText, fixCopies = "2", extendCopies = "2", decisive = "1", wide = "0", broad = "0"] =
  process
    .argv.slice(2)
if (directory === undefined || countText === undefined || seedText === undefined) {
  process.stderr.write("usage: node generate.ts OUT_DIRECTORY COUNT SEED [FIX EXTEND DECISIVE WIDE BROAD]\n")
  process.exit(2)
}
const rng = makeRng(Number(seedText))
mkdirSync(directory, { recursive: true })
const tools: ReadonlyArray<unknown> = JSON.parse(readFileSync(new URL("./tools.json", import.meta.url), "utf8"))
const situations = [
  ...shellSituations,
  ...codeSituations,
  ...codeSituations.flatMap((situation) => {
    const copies = situation.kind === "fix" ? Number(fixCopies) : situation.kind === "extend" ? Number(extendCopies) : 1
    return Array.from({ length: copies - 1 }, () => situation)
  })
]

writeFileSync(
  `${directory}/prefixes.json`,
  JSON.stringify([toolPrefix(tools), ...Array.from({ length: 200 }, () => toolPrefix(variedTools(rng, tools)))])
)
const out = createWriteStream(`${directory}/conversations.jsonl`)
for (let index = 0; index < Number(countText); index++) {
  const conversation = Number(broad) > 0 && rng.chance(Number(broad))
    ? drawBroad(rng)
    : drawConversation(rng, situations, Number(wide), Number(broad) > 0)
  const pieces = segments(conversation, Number(decisive)).map((
    { text, weight }
  ) => [text, weight])
  if (!out.write(JSON.stringify(pieces) + "\n")) await once(out, "drain")
}
out.end()
await once(out, "finish")
const held = makeRng(Number(seedText) + 1)
const all = [...shellSituations, ...codeSituations]
const items = Array.from({ length: 40 }, () => all).flat().flatMap((situation) => drawEvaluation(held, situation))
// The evaluation between the steps asks only the first ones.
const asked = Number(broad) > 0
  ? held.shuffle([...items, ...Array.from({ length: 400 }, () => drawBroadEvaluation(held)).flat(), ...freshEvaluation])
  : items
writeFileSync(`${directory}/evaluation.jsonl`, asked.map((item) => JSON.stringify(item)).join("\n") + "\n")
