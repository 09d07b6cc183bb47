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
 * The longest chain of requests in which each was sent when its predecessor's reply was there, oldest first; of several, one
 * that ends last. With a fixed latency L, such a chain takes at least its length times L.
 */
export const criticalPath = (entries: ReadonlyArray<TraceEntry>): ReadonlyArray<TraceEntry> => {
  const sorted = [...entries].sort((a, b) => a.at - b.at)
  const links: Array<{ readonly length: number; readonly before: number | undefined }> = []
  sorted.forEach((entry, index) => {
    let link: (typeof links)[number] = { length: 1, before: undefined }
    for (let earlier = 0; earlier < index; earlier++) {
      const { doneAt } = sorted[earlier]!
      const length = links[earlier]!.length + 1
      if (doneAt !== undefined && doneAt <= entry.at && length >= link.length) link = { length, before: earlier }
    }
    links.push(link)
  })
  const ends = (index: number) => sorted[index]!.doneAt ?? Infinity
  let last: number | undefined
  links.forEach(({ length }, index) => {
    const best = last === undefined ? 0 : links[last]!.length
    if (length > best || (length === best && ends(index) >= ends(last!))) last = index
  })
  const path: Array<TraceEntry> = []
  for (let at = last; at !== undefined; at = links[at]!.before) path.unshift(sorted[at]!)
  return path
}

/** How many requests had to wait for another's reply. */
export const sequentialRoundTrips = (entries: ReadonlyArray<TraceEntry>): number => criticalPath(entries).length
