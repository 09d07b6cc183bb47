/** One model at one length of prompt. Times in ms, rates in tokens per second; undefined where it was not measured. */
export interface Row {
  readonly model: string
  /** Tokens of the prompt. */
  readonly prompt: number
  readonly prefillTokensPerSecond: number
  readonly decodeTokensPerSecond: number
  readonly prefillVsLlamaCpp?: number | undefined
  readonly decodeVsLlamaCpp?: number | undefined
  /** Forward and backward of an attempt and a corrected call of 25 tokens each, and AdamW; the teacher's rows at hand. */
  readonly updateMs: number
  readonly updateVsPeft?: number | undefined
  /** A denial: teacher and base scored, updates until taught (8 at most), evidence, and the first token of the retry. */
  readonly verdictToRetryTokenMs: number
  /** Resident memory of the process after all of it. */
  readonly rssMb: number
  /** From the start of the process to the first token of an answer, the model prepared before. */
  readonly warmStartToFirstTokenMs: number
}

/** What is measured here in the process of its own. */
export type Ours = Pick<
  Row,
  | "prompt"
  | "prefillTokensPerSecond"
  | "decodeTokensPerSecond"
  | "updateMs"
  | "verdictToRetryTokenMs"
  | "rssMb"
  | "warmStartToFirstTokenMs"
>

export interface Anchor {
  readonly prefillTokensPerSecond: number
  readonly decodeTokensPerSecond: number
}
