import type { Change } from "../Kind.ts"

/** How much a run of tests says. */
export const noise: ReadonlyArray<Change> = [
  { names: "-q", flag: "-q", of: ["pytest", "uv run pytest", "mvn", "python -m pytest", "poetry run pytest"] },
  {
    names: "less output|no noise|quiet mode",
    does: "(keep it|be) quiet|make it quiet|print less",
    facts: "the output is too long|that's too much output",
    flag: "-q",
    of: ["pytest", "uv run pytest", "mvn", "python -m pytest", "poetry run pytest"]
  },
  { names: "-v", flag: "-v", of: ["pytest", "uv run pytest", "go test", "python -m pytest", "poetry run pytest"] },
  {
    names: "verbose output|more output|verbose mode",
    does: "(make it|be) verbose|show each test|print more",
    facts: "I want to see every test name|I can't see which tests ran",
    flag: "-v",
    of: ["pytest", "uv run pytest", "go test", "python -m pytest", "poetry run pytest"]
  }
]
