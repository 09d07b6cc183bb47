import { readdirSync } from "node:fs"
import { resolve } from "node:path"
import { configError } from "../../../core/config/Decode.ts"
import { didYouMean } from "../../../core/config/DidYouMean.ts"
import type { Place, Saying } from "../CommandSpec.ts"
import { candidates } from "./Candidates.ts"
import { scripts } from "./Scripts.ts"

/** Names of the adapters of the project that the line is about, read off its folder without opening anything. */
const adaptersIn = ({ directory }: Place, line: ReadonlyArray<string>): ReadonlyArray<string> => {
  const valueOf = (key: string) => line.findLast((word) => word.startsWith(`${key}=`))?.slice(key.length + 1)
  const state = resolve(directory, valueOf("state_dir") ?? `${valueOf("workspace") ?? "."}/.continualcode`)
  try {
    return ["main", ...readdirSync(`${state}/adapters`).filter((name) => !name.startsWith(".")).toSorted()]
  } catch {
    return ["main"]
  }
}

/** `continualcode completion SHELL`, and what its script asks: `completion words -- WORD…`, the last one being written. */
export const completionCommand: Saying = {
  say: ({ words: [what = "", ...line] }, place) => {
    if (what === "words") {
      const { files, words } = candidates(line, adaptersIn(place, line))
      return [
        ...words.map(({ meaning, word }) => meaning === "" ? word : `${word}\t${meaning}`),
        ...(files ? [":files"] : [])
      ]
        .map((text) => `${text}\n`).join("")
    }
    const shells = Object.keys(scripts)
    return scripts[what]
      ?? configError(`completion ${what} is not known.${didYouMean(what, shells)} There are: ${shells.join(", ")}.`)
  }
}
