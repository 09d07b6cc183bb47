import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as CommandLine from "effect/process/CommandLine"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { runOnce } from "../process/RunOnce.ts"

/** What the worker runs on; the packages are those of its pyproject.toml. */
export const needs = {
  python: [3, 11],
  /** Oldest version of each package. */
  packages: { torch: "2.13.0", numpy: "2.0" }
} as const

/** A Python as found, and what it lacks. */
interface PythonFound {
  /** As it was named. */
  readonly python: string
  readonly version: string
  readonly torch: string | undefined
  /** What is missing, each with what is needed; empty when the worker can run on it. */
  readonly lacks: ReadonlyArray<string>
}

/** Asks for versions without importing anything, which for torch takes seconds. */
const QUESTION = `
import json, sys
from importlib import metadata
def version(name):
    try:
        return metadata.version(name)
    except Exception:
        return None
print(json.dumps({"version": list(sys.version_info[:3]), "packages": {name: version(name) for name in sys.argv[1:]}}))
`

const Answer = Schema.fromJsonString(Schema.Struct({
  version: Schema.Array(Schema.Int),
  packages: Schema.Record(Schema.String, Schema.NullOr(Schema.String))
}))
const decodeAnswer = Schema.decodeUnknownResult(Answer)

const numbers = (version: string): ReadonlyArray<number> =>
  version.split(/[+a-z-]/)[0]?.split(".").map(Number).filter(Number.isInteger) ?? []

/** Whether a version is at least the oldest one, and of the same major version. */
export const isNewEnough = (version: string, oldest: string): boolean => {
  const found = numbers(version)
  const wanted = numbers(oldest)
  if (found[0] !== wanted[0]) return false
  for (const [index, number] of wanted.entries()) {
    const own = found[index] ?? 0
    if (own !== number) return own > number
  }
  return true
}

/** The command that gives a Python what it lacks. */
export const installCommand = (python: string): string =>
  CommandLine.display([
    python,
    "-m",
    "pip",
    "install",
    ...Object.entries(needs.packages).map(([name, oldest]) => `${name}>=${oldest}`)
  ])

/** Looks at one Python. Fails with a phrase when it cannot be run at all. */
export const inspectPython = Effect.fnUntraced(function*(
  python: string
): Effect.fn.Return<Result.Result<PythonFound, string>, never, ChildProcessSpawner> {
  const names = Object.keys(needs.packages)
  const ran = yield* runOnce(python, ["-c", QUESTION, ...names], { limit: Duration.seconds(30) })
  if (ran.code !== 0) {
    const said = ran.stderr.trim().split("\n").at(-1) ?? ""
    return Result.fail(ran.problem ?? `ended with exit code ${ran.code}${said === "" ? "" : ` (${said})`}`)
  }
  const answer = decodeAnswer(ran.stdout)
  if (Result.isFailure(answer)) return Result.fail("is no Python that can be asked for its packages")
  const { packages, version } = answer.success
  const text = version.join(".")
  const lacks = [
    ...(isNewEnough(text, needs.python.join(".")) ? [] : [`Python ${needs.python.join(".")} (it is ${text})`]),
    ...Object.entries(needs.packages).flatMap(([name, oldest]) => {
      const found = packages[name]
      if (found === undefined || found === null) return [`${name} ${oldest}`]
      return isNewEnough(found, oldest) ? [] : [`${name} ${oldest} (it has ${found})`]
    })
  ]
  return Result.succeed({ python, version: text, torch: packages["torch"] ?? undefined, lacks })
})
