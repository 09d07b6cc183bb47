import type { Fault } from "./Faults.ts"

/** One request as the service saw it. Times in milliseconds by the Clock. The API key is not kept. */
export interface TraceEntry {
  /** When it was sent: before latency and faults. */
  readonly at: number
  /** When its reply was there, or the connection broke; undefined while it is under way. */
  readonly doneAt: number | undefined
  readonly method: string
  /** Without base address, e.g. `/optim_step`. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Undefined for a dropped connection. */
  readonly status: number | undefined
  readonly replyBytes: number
  readonly fault: Fault | undefined
}

/**
 * How many requests had to wait for another's reply: the longest chain of requests in which each was sent when its
 * predecessor's reply was there. With a fixed latency L, such a chain takes at least its length times L.
 */
export const sequentialRoundTrips = (entries: ReadonlyArray<TraceEntry>): number => {
  const sorted = [...entries].sort((a, b) => a.at - b.at)
  const longest: Array<number> = []
  sorted.forEach((entry, index) => {
    let before = 0
    for (let earlier = 0; earlier < index; earlier++) {
      const { doneAt } = sorted[earlier]!
      if (doneAt !== undefined && doneAt <= entry.at) before = Math.max(before, longest[earlier]!)
    }
    longest.push(before + 1)
  })
  return longest.reduce((a, b) => Math.max(a, b), 0)
}
