// Drives the agent without a terminal: gives it a task, answers its calls, corrects one, reads what that taught.
//
//   node drive.mjs continualcode
//
// Everything after the script's name is the program and its arguments. It runs in the current folder.
import { spawn } from "node:child_process"

const [program = "continualcode", ...args] = process.argv.slice(2)
const agent = spawn(program, [...args, "ui=headless", "--output", "json"], { stdio: ["pipe", "pipe", "inherit"] })
const tell = (text) => process.stdout.write(`${text}\n`)
const say = (line) => agent.stdin.write(`${JSON.stringify(line)}\n`)

/** Lines end at a line feed and nowhere else. */
const linesOf = async function*(stream) {
  let rest = ""
  stream.setEncoding("utf8")
  for await (const chunk of stream) {
    const lines = `${rest}${chunk}`.split("\n")
    rest = lines.pop() ?? ""
    yield* lines
  }
}

/** Says what is wrong with a call, or nothing when it may run. */
const correctionOf = ({ tool }) => tool === "write" ? "use edit_lines; don't overwrite" : undefined

const inputs = [{ _tag: "Task", text: "fix the test" }, { _tag: "Why" }, { _tag: "Quit" }]

for await (const text of linesOf(agent.stdout)) {
  const line = JSON.parse(text)
  switch (line._tag) {
    case "InputRequested":
      say(inputs.shift() ?? { _tag: "Quit" })
      break
    case "ApprovalRequested": {
      const { call } = line.request
      const correction = correctionOf(call)
      tell(`${correction === undefined ? "approved" : "denied"} ${call.tool}`)
      // The call's id keeps an answer from reaching another call.
      say(
        correction === undefined ? { _tag: "Approve", call: call.id } : { _tag: "Deny", call: call.id, correction }
      )
      break
    }
    case "LineRefused":
      throw new Error(`${line.message}: ${line.line}`)
    case "WhyShown": {
      const { lesson, outcome } = line.card
      tell(`lesson: ${lesson.correction}`)
      if (outcome._tag === "Stepped") {
        const { asCorrected, attemptLogProbAfter, attemptLogProbBefore } = outcome.step.evidence
        tell(`log p of the denied call: ${attemptLogProbBefore.toFixed(1)} to ${attemptLogProbAfter.toFixed(1)}`)
        tell(`untold, it now makes the corrected call: ${asCorrected === true ? "yes" : "no"}`)
      }
      break
    }
    case "Result":
      tell(`${line.reason}: ${line.approvals} approved, ${line.denials} denied, ${line.steps} learned`)
      process.exitCode = line.exitCode
      break
  }
}
