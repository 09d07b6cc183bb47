import { readResult } from "../../ReadResult.ts"
import { path, word } from "../../Names.ts"
import type { Rng } from "../../Rng.ts"
import { type Alternative, bash, type Prelude, type Scene, type Situation } from "../../Situation.ts"

const alternative = (
  id: string,
  weight: number,
  call: Alternative["call"],
  result: string
): Alternative => ({ id, weight, call, names: [id], verbs: [], result })

const reading = (file: string, lines: ReadonlyArray<string>): Prelude => ({
  call: { tool: "read", arguments: { path: file } },
  result: readResult(lines)
})

const around = (rng: Rng, file: string): ReadonlyArray<string> =>
  [
    ...new Set([
      file,
      ...["README.md", "package.json", "pyproject.toml", "go.mod", "Makefile", "src/main.rs"].filter(() =>
        rng.chance(0.3)
      )
    ])
  ].sort()

/** A value in a short file is changed: the whole file again, one line, or one place. */
const setting: Situation = {
  kind: "setting",
  draw: (rng, heldOut): Scene => {
    const sign = rng.pick([": ", " = ", "="])
    const file = path(
      rng,
      sign === ": " ? [".yml", ".yaml"] : sign === "=" ? [".env", ".properties"] : [".toml", ".ini", ".cfg"]
    )
    const keys = [...new Set(Array.from({ length: 2 + rng.below(4) }, () => word(rng)))]
    const lines = keys.map((key) => `${key}${sign}${rng.chance(0.5) ? String(rng.below(9999)) : word(rng)}`)
    const at = rng.below(lines.length)
    const old = lines[at] ?? ""
    const value = rng.chance(0.5) ? String(rng.below(9999)) : word(rng)
    const fresh = `${keys[at]}${sign}${value}`
    if (old === fresh) return setting.draw(rng, heldOut)
    const after = lines.map((line, index) => index === at ? fresh : line)
    const task = rng.pick(
      heldOut
        ? [`${keys[at]} in ${file} should be ${value}`]
        : [
          `set ${keys[at]} to ${value} in ${file}`,
          `change ${keys[at]} to ${value} in ${file}`,
          `in ${file}, ${keys[at]} must be ${value}`,
          `put ${value} as ${keys[at]} into ${file}`
        ]
    )
    return {
      kind: "setting",
      files: around(rng, file),
      task,
      preludes: [reading(file, lines)],
      followUps: [],
      closing: "Done.",
      slots: { x: file },
      alternatives: [
        alternative(
          "write",
          0.7,
          { tool: "write", arguments: { path: file, content: after.join("\n") + "\n" } },
          `Wrote ${file} (${after.length} lines).`
        ),
        alternative("edit_lines", 0.18, {
          tool: "edit_lines",
          arguments: { path: file, start_line: at + 1, end_line: at + 1, content: fresh }
        }, `Edited ${file}, lines ${at + 1} to ${at + 1}:`),
        alternative(
          "edit",
          0.08,
          { tool: "edit", arguments: { path: file, old, new: fresh } },
          `Edited ${file}, lines ${at + 1} to ${at + 1}:`
        ),
        alternative("sed", 0.04, bash(`sed -i 's/^${old}$/${fresh}/' ${file}`), "(no output)")
      ]
    }
  }
}

/** A line is added at the end of a short file. */
const adding: Situation = {
  kind: "line",
  draw: (rng, heldOut): Scene => {
    const file = path(rng, [".md", ".txt", ".gitignore", ".env", ".csv"])
    const text = (): string => Array.from({ length: 1 + rng.below(3) }, () => word(rng)).join(rng.pick([" ", " ", "-"]))
    const lines = Array.from({ length: 1 + rng.below(4) }, text)
    const added = text()
    const after = [...lines, added]
    const task = rng.pick(
      heldOut
        ? [`${file} should end with the line ${added}`]
        : [
          `add the line ${added} to ${file}`,
          `append ${added} to ${file}`,
          `put ${added} at the end of ${file}`,
          `${file} needs the line ${added}`
        ]
    )
    const last = lines.at(-1) ?? ""
    const next = lines.length + 1
    if (lines.indexOf(last) !== lines.length - 1) return adding.draw(rng, heldOut)
    return {
      kind: "line",
      files: around(rng, file),
      task,
      preludes: [reading(file, lines)],
      followUps: [],
      closing: "Done.",
      slots: { x: file },
      alternatives: [
        alternative(
          "write",
          0.7,
          { tool: "write", arguments: { path: file, content: after.join("\n") + "\n" } },
          `Wrote ${file} (${after.length} lines).`
        ),
        alternative("edit_lines", 0.18, {
          tool: "edit_lines",
          arguments: { path: file, start_line: next, end_line: next, content: added }
        }, `Edited ${file}, lines ${next} to ${next}:`),
        alternative(
          "edit",
          0.08,
          { tool: "edit", arguments: { path: file, old: last, new: `${last}\n${added}` } },
          `Edited ${file}, lines ${next - 1} to ${next}:`
        ),
        alternative("echo", 0.04, bash(`echo "${added}" >> ${file}`), "(no output)")
      ]
    }
  }
}

export const editSituations: ReadonlyArray<Situation> = [setting, adding]
