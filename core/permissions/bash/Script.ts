/** A word of a command: its text with quotes taken away, or undefined where only the shell would know it. */
export type Word = string | undefined

/** One simple command of a script. */
export interface SubCommand {
  readonly words: ReadonlyArray<Word>
  /** As it stands in the script. */
  readonly text: string
}

/** A file that a redirect opens; undefined where only the shell would know its name. */
export interface Redirect {
  readonly access: "read" | "write"
  readonly path: Word
}

/** A shell script taken apart. */
export interface Script {
  readonly commands: ReadonlyArray<SubCommand>
  readonly redirects: ReadonlyArray<Redirect>
  /** What cannot be known before it runs, each as a few words; empty when the commands are all there is. */
  readonly opaque: ReadonlyArray<string>
}
