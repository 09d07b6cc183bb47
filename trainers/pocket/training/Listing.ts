import { path, stem } from "./Names.ts"
import type { Rng } from "./Rng.ts"

/** Files of every sort around the given ones, sorted as the agent sorts them. */
export const scatteredFiles = (rng: Rng, present: ReadonlyArray<string>): ReadonlyArray<string> => {
  const others = Array.from({ length: rng.below(6) }, () => path(rng, [".js", ".ts", ".py", ".md", ".json", ".css"]))
  const common = ["README.md", "package.json", "LICENSE", "Makefile"].filter(() => rng.chance(0.3))
  return [...new Set([...present, ...others, ...common])].sort()
}

/**
 * A listing for tasks that are not about code. Often it is a small project's, one source and its test, so that the listing
 * alone does not tell what the task is.
 */
export const listingAround = (rng: Rng, present: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (!rng.chance(0.4)) return scatteredFiles(rng, present)
  const name = rng.chance(0.2) ? "calc" : stem(rng)
  const project = [`src/${name}.js`, `test/${name}.test.js`, "package.json", ...(rng.chance(0.6) ? ["README.md"] : [])]
  return [...new Set([...present, ...project])].sort()
}
