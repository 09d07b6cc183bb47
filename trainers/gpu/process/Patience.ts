import * as Duration from "effect/Duration"
import type { LossItem } from "../../../core/Loss.ts"
import type { Input, Opened, Operation } from "../protocol/Messages.ts"

/** Longest silence of a worker before it counts as hung. */
export interface Deadlines {
  /** From the start of the process to its greeting. */
  readonly greeting: Duration.Duration
  /** Between two signs of progress while the model loads, and for the first work in a process, which chooses and compiles. */
  readonly loading: Duration.Duration
  /** Of one operation and between two sampled tokens, beside the time that its tokens may take. */
  readonly operation: Duration.Duration
}

/** Attention's share grows with the sequence: at this many tokens it may cost as much as the matrices. */
const ATTENTION = 8192

/** A sequence through the model, in tokens through its matrices. */
const pass = (length: number): number => length * (1 + length / ATTENTION)

/** Forward, computed again under checkpointing, and backward, which is twice a forward. */
const LEARN = 4

const itemWork = (item: LossItem, passes: number): number => {
  const own = pass(item.promptIds.length + item.completionIds.length)
  const base = item.baseKl === 0 ? 0 : own
  return passes * own + base
    + (item._tag === "Distill" ? pass(item.teacher.promptIds.length + item.completionIds.length) : 0)
}

/** Tokens through the model's matrices that an operation asks for, nothing being remembered. */
const workOf = (operation: Operation, input: Input<Operation>): number => {
  if ("items" in input) {
    const passes = operation === "forwardBackward" ? LEARN : 1
    return input.items.reduce((sum, item) => sum + itemWork(item, passes), 0)
  }
  if (!("promptIds" in input)) return 0
  return pass(input.promptIds.length + ("completionIds" in input ? input.completionIds.length : 1))
}

const BYTES: Readonly<Record<string, number>> = { int4: 0.5, int8: 1, float32: 4 }

/** Operations a second that even the slowest device of a kind reaches with others at work on it. */
const slowest = (device: string, dtype: string): number => {
  if (device.startsWith("cuda")) return dtype === "bfloat16" ? 5e12 : 1e12
  return device === "mps" ? 2e11 : 5e9
}

/** Seconds that one token through the matrices takes at the very most. */
export const secondsPerToken = ({ device, dtype, modelBytes, quantization }: Opened): number => {
  const parameters = modelBytes / (BYTES[quantization] ?? BYTES[dtype] ?? 2)
  return 2 * parameters / slowest(device.device, dtype)
}

/**
 * How long a worker may be silent in an operation: long enough for the slowest device that is at work, so that slow work is
 * never stopped, and short where there is little to do. `warm`: this process has computed before.
 */
export const patience = (
  deadlines: Deadlines,
  opened: Opened,
  warm: boolean,
  operation: Operation,
  input: Input<Operation>
): Duration.Duration => {
  const work = workOf(operation, input)
  const isFirst = operation === "prepare" || (work > 0 && !warm)
  return Duration.sum(
    isFirst ? Duration.max(deadlines.loading, deadlines.operation) : deadlines.operation,
    Duration.seconds(work * secondsPerToken(opened))
  )
}
