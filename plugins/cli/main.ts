import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import { parseArguments } from "./Arguments.ts"
import { COMMANDS, parseCommand } from "./Commands.ts"

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

// A reader that went away (`| head`) is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
})

const place = { directory: process.cwd(), home: homedir() }

const startSession = async (argv: ReadonlyArray<string>): Promise<void> => {
  const args = parseArguments(argv)
  if (args instanceof Error) return complain(args.message)
  if (args.version) return void process.stdout.write(`${version()}\n`)
  if (args.help) return void process.stdout.write((await import("./HelpText.ts")).helpText())
  const { main } = await import("./Start.ts")
  main({ args, ...place, interactive: process.stdin.isTTY === true && process.stdout.isTTY === true })
}

const startCommand = async (name: string, argv: ReadonlyArray<string>): Promise<void> => {
  const args = parseCommand(name, argv)
  if (args instanceof Error) return complain(args.message)
  const command = await COMMANDS[name]?.load()
  if (command === undefined) return
  if (args.help) return void process.stdout.write(command.help)
  const { runCommand } = await import("./Start.ts")
  runCommand(command, args, place)
}

const argv = process.argv.slice(2)
const [first = ""] = argv
await (Object.hasOwn(COMMANDS, first) ? startCommand(first, argv.slice(1)) : startSession(argv))
