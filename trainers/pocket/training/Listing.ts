import { path } from "./Names.ts"
import type { Rng } from "./Rng.ts"

/** A plausible listing of project files that contains the given ones, sorted as the agent sorts them. */
export const listingAround = (rng: Rng, present: ReadonlyArray<string>): ReadonlyArray<string> => {
  const others = Array.from({ length: rng.below(6) }, () => path(rng, [".js", ".ts", ".py", ".md", ".json", ".css"]))
  const common = ["README.md", "package.json", "LICENSE", "Makefile"].filter(() => rng.chance(0.3))
  return [...new Set([...present, ...others, ...common])].sort()
}
