import type { ProbeRun } from "../domain/ProbeRun.ts"

/** A lesson whose denied call comes again in a fresh conversation. */
export interface Broken {
  readonly lessonId: string
  /** Its questions in the last run, and how many of them are violated. */
  readonly asked: number
  readonly violated: number
  /** The newest earlier run in which fewer of its questions were violated; absent: it never did better. */
  readonly heldAt?: Pick<ProbeRun, "at" | "revision">
}

const violatedOf = ({ answers }: ProbeRun, lessonId: string) => {
  const own = answers.filter((answer) => answer.lessonId === lessonId)
  return { asked: own.length, violated: own.filter(({ violated }) => violated).length }
}

/** The lessons that the last of these runs, oldest first, found violated; those that held better before are forgotten. */
export const brokenLessons = (runs: ReadonlyArray<ProbeRun>): ReadonlyArray<Broken> => {
  const last = runs.at(-1)
  if (last === undefined) return []
  const ids = new Set(
    last.answers.flatMap(({ lessonId, violated }) => violated && lessonId !== undefined ? [lessonId] : [])
  )
  return [...ids].map((lessonId) => {
    const now = violatedOf(last, lessonId)
    const held = runs.slice(0, -1).findLast((run) => {
      const then = violatedOf(run, lessonId)
      return then.asked > 0 && then.violated / then.asked < now.violated / now.asked
    })
    return { lessonId, ...now, ...(held === undefined ? {} : { heldAt: { at: held.at, revision: held.revision } }) }
  })
}
