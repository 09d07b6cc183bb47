/** Writes the tables of the docs that the code knows: `npm run docs`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { withTables } from "./DocsTables.ts"

const docs = fileURLToPath(new URL("../../docs", import.meta.url))
for (const name of readdirSync(docs).filter((name) => name.endsWith(".md"))) {
  const file = join(docs, name)
  const before = readFileSync(file, "utf8")
  const after = withTables(before)
  if (after !== before) writeFileSync(file, after)
}
