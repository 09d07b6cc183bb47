import { logSoftmax, type Vector } from "./LogSoftmax.ts"

/**
 * Trust-region teacher q ~ exp((1-alpha) log q_ref + alpha log q_now): the normalised geometric mean, the same as
 * interpolating logits. alpha = 0 is the reference, 1 the current weights.
 */
export const trustRegionTeacher = (logRef: Vector, logNow: Vector, alpha: number): Float64Array =>
  logSoftmax(Float64Array.from(logRef, (r, v) => (1 - alpha) * r + alpha * logNow[v]!))

/** One exponential-moving-average update of a teacher's parameters: (1 - rate) * teacher + rate * student. */
export const emaUpdate = (teacher: Vector, student: Vector, rate: number): Float64Array =>
  Float64Array.from(teacher, (w, i) => (1 - rate) * w + rate * student[i]!)

/** The teacher after n updates towards a student that does not move: (1-rate)^n teacher + (1 - (1-rate)^n) student. */
export const emaAfter = (teacher: Vector, student: Vector, rate: number, n: number): Float64Array =>
  emaUpdate(teacher, student, 1 - (1 - rate) ** n)
