import type { SubCommand, Word } from "./Script.ts"

interface Wrapper {
  /** Options that take their value as a word of its own. */
  readonly valued: ReadonlyArray<string>
  /** Words of its own before the command, beside options. */
  readonly operands: number
  /** What it does beyond starting the command, so that it needs to be allowed itself. */
  readonly changes?: true
  /** The command gets further words that are not written. */
  readonly appends?: true
}

const plain: Wrapper = { valued: [], operands: 0 }

const wrappers: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ["command", plain],
  ["builtin", plain],
  ["exec", { valued: ["-a"], operands: 0 }],
  ["nohup", plain],
  ["setsid", plain],
  ["time", { valued: ["-f", "-o", "--format", "--output"], operands: 0 }],
  ["nice", { valued: ["-n", "--adjustment"], operands: 0 }],
  ["ionice", { valued: ["-c", "-n", "--class", "--classdata"], operands: 0 }],
  ["chrt", { valued: [], operands: 1 }],
  ["taskset", { valued: [], operands: 1 }],
  ["stdbuf", { valued: ["-i", "-o", "-e", "--input", "--output", "--error"], operands: 0 }],
  ["timeout", { valued: ["-k", "-s", "--kill-after", "--signal"], operands: 1 }],
  ["env", { valued: ["-u", "-C", "-S", "--unset", "--chdir", "--split-string"], operands: 0 }],
  ["xargs", {
    valued: ["-a", "-d", "-E", "-I", "-L", "-n", "-P", "-s", "--max-args", "--max-procs"],
    operands: 0,
    appends: true
  }],
  ["sudo", {
    valued: ["-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "--user", "--group"],
    operands: 0,
    changes: true
  }],
  ["doas", { valued: ["-u", "-C"], operands: 0, changes: true }],
  ["su", { valued: [], operands: 0, changes: true }],
  ["chroot", { valued: [], operands: 1, changes: true }],
  ["unshare", { valued: [], operands: 0, changes: true }],
  ["strace", { valued: ["-e", "-o", "-p", "-s"], operands: 0, changes: true }],
  ["watch", { valued: ["-n", "--interval"], operands: 0 }]
])

const SYSTEM = /^(?:\/usr)?(?:\/local)?\/s?bin\/([^/]+)$/

/** The name that a program goes by: without the folder, where that is one of the system's. */
export const programOf = (word: Word): Word => word === undefined ? undefined : SYSTEM.exec(word)?.[1] ?? word

/** A command with what is around it taken away. */
interface Peeled {
  readonly command: SubCommand
  /** Whether it gets words that are not written. */
  readonly appended: boolean
}

/**
 * The commands that one stands for: what a wrapper (`timeout`, `nice`, `env`, `xargs`, …) starts in place of the wrapper,
 * and both where the wrapper gives it other rights (`sudo`). An option that is not known may take a value, so then both are
 * given as well.
 */
export const peel = (command: SubCommand, appended = false): ReadonlyArray<Peeled> => {
  const [first, ...rest] = command.words
  const name = programOf(first)
  const wrapper = name === undefined ? undefined : wrappers.get(name)
  const whole: Peeled = { command: { ...command, words: [name, ...rest] }, appended }
  if (wrapper === undefined) return [whole]
  let at = 0
  let operands = wrapper.operands
  let kept = wrapper.changes === true
  for (; at < rest.length; at++) {
    const word = rest[at]
    if (word === undefined) return [whole, ...suffixes(rest.slice(at + 1), command.text, appended)]
    if (word === "--") {
      at++
      break
    }
    if (name === "env" && /^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) kept = true
    else if (wrapper.valued.includes(word)) {
      if (word === "-S" || word === "--split-string") return [whole]
      at++
    } else if (word.startsWith("-") && word !== "-") kept ||= !isShort(word)
    else if (operands > 0) operands--
    else break
  }
  const inner = rest.slice(at)
  if (inner.length === 0) return [whole]
  const started = peel({ words: inner, text: command.text }, appended || wrapper.appends === true)
  return kept ? [whole, ...started] : started
}

/** How many words after one that only the shell knows are looked at. */
const LOOKED_AT = 8

/**
 * A word that only the shell knows may be an option, its value or an operand, so the command may begin at any word after it:
 * a rule against one of these counts.
 */
const suffixes = (words: ReadonlyArray<Word>, text: string, appended: boolean): ReadonlyArray<Peeled> =>
  words.slice(0, LOOKED_AT).map((word, index) => ({
    command: { words: [programOf(word), ...words.slice(index + 1)], text },
    appended
  }))

/** Flags of one letter each, values glued on or none: `-0`, `-n1`, `-oL`. */
const isShort = (word: string): boolean => /^-[A-Za-z0-9]+$/.test(word)
