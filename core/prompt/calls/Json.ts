/** What stands at a place of a text: a value and where it ends, the beginning of one that never ends, or neither. */
type JsonAt =
  | { readonly _tag: "Value"; readonly value: unknown; readonly end: number; readonly repairs: ReadonlyArray<string> }
  | { readonly _tag: "Cut"; readonly missing: string; readonly repairs: ReadonlyArray<string> }
  | { readonly _tag: "None" }

/** Deeper nesting is no call. */
const DEEPEST = 64

const CONTROL = "line breaks in a string were taken as part of it"
const COMMA = "a trailing comma was left out"
const QUOTES = "single quotes were taken as double ones"
const TRIPLE = "three quotes were taken as one"
const PYTHON = "True, False and None were taken as JSON's"
const ESCAPE = "a backslash that begins no escape was kept"

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /(?:true|false|null|True|False|None)(?![\w$])/y
const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  "\"": "\"",
  "\\": "\\",
  "/": "/"
}
const WORDS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  True: true,
  False: false,
  None: null
}

/** Longest number or constant that is looked for at the end of a text. */
const LONGEST = 32
const isBegun = (rest: string): boolean =>
  /^-?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d*)?)?$/.test(rest) || Object.keys(WORDS).some((word) => word.startsWith(rest))

/** Thrown inside a reading only: the text ended early, with what would close it, or it is no JSON. */
class Stop extends Error {
  readonly missing: string | undefined
  constructor(missing?: string) {
    super()
    this.missing = missing
  }
}

/** The match of a sticky pattern that begins at `at`. */
export const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

export const skipSpace = (text: string, from: number): number => {
  let at = from
  while (at < text.length && /\s/.test(text.charAt(at))) at++
  return at
}

class Reading {
  readonly text: string
  readonly repairs = new Set<string>()
  at: number
  #open = ""

  constructor(text: string, at: number) {
    this.text = text
    this.at = at
  }

  #ended(): Stop {
    return new Stop(this.#open)
  }

  #space(): void {
    this.at = skipSpace(this.text, this.at)
  }

  #peek(): string {
    if (this.at >= this.text.length) throw this.#ended()
    return this.text.charAt(this.at)
  }

  value(depth: number): unknown {
    if (depth > DEEPEST) throw new Stop()
    const char = this.#peek()
    if (char === "{") return this.#object(depth)
    if (char === "[") return this.#array(depth)
    if (char === "\"" || char === "'") return this.#string()
    WORD.lastIndex = NUMBER.lastIndex = this.at
    const word = WORD.exec(this.text)?.[0]
    if (word !== undefined) {
      this.at += word.length
      if (/^[A-Z]/.test(word)) this.repairs.add(PYTHON)
      return WORDS[word]
    }
    const number = NUMBER.exec(this.text)?.[0]
    const rest = this.text.slice(this.at, this.at + LONGEST)
    if (rest !== number && this.at + rest.length === this.text.length && isBegun(rest)) throw this.#ended()
    if (number === undefined) throw new Stop()
    this.at += number.length
    return Number(number)
  }

  #object(depth: number): unknown {
    const entries: Array<readonly [string, unknown]> = []
    this.#list("}", () => {
      if (!/["']/.test(this.#peek())) throw new Stop()
      const key = this.#string()
      this.#space()
      if (this.#peek() !== ":") throw new Stop()
      this.at++
      this.#space()
      entries.push([key, this.value(depth + 1)])
    })
    return Object.fromEntries(entries)
  }

  #array(depth: number): unknown {
    const items: Array<unknown> = []
    this.#list("]", () => void items.push(this.value(depth + 1)))
    return items
  }

  #list(close: string, item: () => void): void {
    const outside = this.#open
    this.#open = close + outside
    this.at++
    for (let count = 0;; count++) {
      this.#space()
      if (this.#peek() === close) break
      if (count > 0) {
        if (this.#peek() !== ",") throw new Stop()
        this.at++
        this.#space()
        if (this.#peek() === close) {
          this.repairs.add(COMMA)
          break
        }
      }
      item()
    }
    this.at++
    this.#open = outside
  }

  #string(): string {
    const quote = this.#peek()
    const isTriple = this.text.startsWith(quote.repeat(3), this.at)
    const end = isTriple ? quote.repeat(3) : quote
    if (isTriple) this.repairs.add(TRIPLE)
    else if (quote === "'") this.repairs.add(QUOTES)
    this.at += end.length
    let read = ""
    while (!this.text.startsWith(end, this.at)) {
      if (this.at >= this.text.length) throw this.#cutString(end)
      const char = this.text.charAt(this.at)
      if (char === "\\") read += this.#escape()
      else {
        if (char < " " && !isTriple) this.repairs.add(CONTROL)
        read += char
        this.at++
      }
    }
    this.at += end.length
    return read
  }

  /** A text that ends within a string was cut off: nobody knows how it goes on. */
  #cutString(end: string): Stop {
    return new Stop(end + this.#open)
  }

  #escape(): string {
    const char = this.text.charAt(this.at + 1)
    if (char === "u") {
      const hex = this.text.slice(this.at + 2, this.at + 6)
      if (/^[0-9a-fA-F]{4}$/.test(hex)) {
        this.at += 6
        return String.fromCharCode(Number.parseInt(hex, 16))
      }
    }
    this.at += 2
    if (Object.hasOwn(ESCAPES, char)) return ESCAPES[char] ?? char
    this.repairs.add(ESCAPE)
    if (char === "'" || char === "`" || char === "$" || char === "\n") return char
    return `\\${char}`
  }
}

/**
 * Reads the JSON value at `at`, forgiving of what small models do to it: line breaks and tabs in strings, commas before a closing bracket,
 * single and triple quotes, Python's names of constants, stray backslashes. Each such repair is named. Linear in the value's length.
 */
export const jsonAt = (text: string, at: number): JsonAt => {
  const reading = new Reading(text, at)
  try {
    const value = reading.value(0)
    return { _tag: "Value", value, end: reading.at, repairs: [...reading.repairs] }
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop
    return stop.missing === undefined
      ? { _tag: "None" }
      : { _tag: "Cut", missing: stop.missing, repairs: [...reading.repairs] }
  }
}
