import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import { parseArguments } from "./Arguments.ts"

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

const args = parseArguments(process.argv.slice(2))
if (args instanceof Error) complain(args.message)
else if (args.version) process.stdout.write(`${version()}\n`)
else if (args.help) process.stdout.write((await import("./HelpText.ts")).helpText())
else {
  const { main } = await import("./Start.ts")
  main({
    args,
    directory: process.cwd(),
    home: homedir(),
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true
  })
}
