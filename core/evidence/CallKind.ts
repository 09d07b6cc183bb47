import type { Call } from "../domain/Call.ts"

/** Programs whose first word says too little: `git push` and `git commit` are different kinds of call. */
const WITH_SUBCOMMAND = new Set(
  "git npm pnpm yarn bun deno npx cargo go docker podman kubectl pip pip3 uv poetry brew apt apt-get make gh".split(" ")
)

/**
 * The kind of a call: its tool, and for a shell command also the program, with its subcommand where that is what matters.
 * `bash npm install zod` and `bash npm install ink` are of one kind.
 */
export const callKind = ({ arguments: args, tool }: Pick<Call, "tool" | "arguments">): string => {
  const command = args["command"]
  if (typeof command !== "string") return tool
  const [program = "", ...rest] = command.trim().split(/\s+/).filter((word) => !/^[A-Za-z_]\w*=/.test(word))
  const subcommand = WITH_SUBCOMMAND.has(program) ? rest.find((word) => !word.startsWith("-")) : undefined
  return [tool, program, subcommand].filter((part) => part !== undefined && part !== "").join(" ")
}
