import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import type { CommandArguments, CommandSpec } from "./CommandSpec.ts"
import { type Arguments, parseCommandLine } from "./Parse.ts"

const complain = (message: string): void => {
  for (const line of message.split("\n")) process.stderr.write(`continualcode: ${line}\n`)
  process.exitCode = 2
}

const version = (): string => {
  const root = import.meta.url.endsWith(".ts") ? "../../" : "../../../"
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL(`${root}package.json`, import.meta.url), "utf8")
  )
  return manifest.version
}

// A reader that went away (`| head`) is no error of ours, nor is a terminal.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error
  })
}

const place = { directory: process.cwd(), home: homedir() }

const startSession = async (args: Arguments): Promise<void> => {
  if (args.version) return void process.stdout.write(`${version()}\n`)
  if (args.help) return void process.stdout.write((await import("./HelpText.ts")).helpText())
  const { main } = await import("./Start.ts")
  main({ args, ...place, interactive: process.stdin.isTTY === true && process.stdout.isTTY === true })
}

const startCommand = async (spec: CommandSpec, args: CommandArguments): Promise<void> => {
  if (args.help) return void process.stdout.write((await import("./HelpText.ts")).commandHelp(spec))
  const command = await spec.load()
  if ("say" in command) {
    const said = command.say(args, place)
    return said instanceof Error ? complain(said.message) : void process.stdout.write(said)
  }
  const { runCommand } = await import("./Start.ts")
  runCommand(command, args, place)
}

const line = parseCommandLine(process.argv.slice(2))
if (line instanceof Error) complain(line.message)
else await (line._tag === "Session" ? startSession(line.args) : startCommand(line.spec, line.args))
