import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import type { InputLine, OutputLine } from "../../ui/headless/Protocol.ts"
import { decodeLine } from "../../ui/headless/Protocol.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

export const onNode: ReadonlyArray<string> = [process.execPath, `${root}plugins/cli/launcher.cjs`]
export const onDeno: ReadonlyArray<string> = [
  `${root}node_modules/.bin/deno`,
  "run",
  "-A",
  `${root}plugins/cli/main.ts`
]

interface ProgramRun {
  /** Everything it wrote but text deltas. */
  readonly lines: ReadonlyArray<OutputLine>
  readonly code: number | null
  readonly errors: string
}

/**
 * Runs the whole program headless with JSON lines in `directory`. `answer` gives the verdict for each waiting call, or
 * undefined to let it wait; `watch` sees every line and may kill the process or say something.
 */
export const runProgram = (options: {
  readonly command?: ReadonlyArray<string>
  readonly directory: string
  readonly args: ReadonlyArray<string>
  /** Beside this process's own environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly answer: (request: ApprovalRequest, number: number) => InputLine | undefined
  readonly watch?: (
    line: OutputLine,
    kill: (signal: NodeJS.Signals) => void,
    say: (line: InputLine) => void
  ) => void
}) =>
  Effect.callback<ProgramRun>((resume) => {
    const [program = "", ...first] = options.command ?? onNode
    const child = spawn(program, [...first, "--output", "json", ...options.args], {
      cwd: options.directory,
      // Nobody's own rules, grants and trust, unless they are given.
      env: { ...process.env, XDG_CONFIG_HOME: `${options.directory}.user`, ...options.env },
      stdio: ["pipe", "pipe", "pipe"]
    })
    const lines: Array<OutputLine> = []
    let asked = 0
    let errors = ""
    child.stdin.on("error", () => {})
    const say = (line: InputLine) => child.stdin.write(`${JSON.stringify(line)}\n`)
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()))
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = decodeLine(text)
      if (line._tag === "TextDelta") return
      lines.push(line)
      options.watch?.(line, (signal) => child.kill(signal), say)
      if (line._tag !== "ApprovalRequested") return
      const answer = options.answer(line.request, asked++)
      if (answer !== undefined) say(answer)
    })
    child.on("close", (code) => resume(Effect.succeed({ lines, code, errors })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })
