/**
 * Estimated bytes that a model takes while it answers and learns in this process: its weights at 4 bits with their scales, and
 * once more transposed for the backward pass; and what runtime, keys and values take.
 */
export const memoryNeeded = (parameters: number): number => 2 * parameters * (1 / 2 + 1 / 16) + 4e8

/** The share of a machine's memory that a model may take: the rest is for everything else that is open. */
const SHARE = 0.6

export const fitsMemory = (parameters: number, memoryBytes: number): boolean =>
  memoryNeeded(parameters) <= SHARE * memoryBytes
