import type { Vector } from "../../trainers/math/LogSoftmax.ts"

/** One exponential-moving-average update of a teacher's parameters: (1 - rate) * teacher + rate * student. */
export const emaUpdate = (teacher: Vector, student: Vector, rate: number): Float64Array =>
  Float64Array.from(teacher, (w, i) => (1 - rate) * w + rate * student[i]!)
