import type { Segment } from "./Desk.ts"

/** A run of tokens with their keys and values; children continue it after `at` of them. */
interface Node {
  readonly ids: ReadonlyArray<number>
  readonly segment: Segment
  readonly parent: Branch
  readonly at: number
  readonly children: Array<Node>
  used: number
}

interface Branch {
  readonly children: Array<Node>
}

/** The first `taken` tokens of a run of `count`. */
interface Piece {
  readonly segment: Segment
  readonly count: number
  readonly taken: number
}

const bytesOf = (segment: Segment): number => segment.reduce((sum, { byteLength }) => sum + byteLength, 0)

/**
 * Keys and values of prompts, each beginning kept once however many prompts share it. Over `capacity` bytes the end of a
 * branch that was used longest ago goes.
 */
export class PrefixTree {
  readonly #capacity: number
  readonly #roots = new Map<string, Branch>()
  #bytes = 0
  #clock = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get bytes(): number {
    return this.#bytes
  }

  /** What is known of the beginning of `ids` under the weights `key`, piece by piece. */
  find(key: string, ids: ReadonlyArray<number>): ReadonlyArray<Piece> {
    return this.#path(key, ids).map(({ node, taken }) => ({ segment: node.segment, count: node.ids.length, taken }))
  }

  /** Adds the keys and values of the ids after the first `start`, which must be known. */
  add(key: string, ids: ReadonlyArray<number>, start: number, segment: Segment): void {
    const path = this.#path(key, ids.slice(0, start))
    const last = path.at(-1)
    // What it continues has been dropped for want of room.
    if (path.reduce((sum, { taken }) => sum + taken, 0) !== start) return
    const parent = last?.node ?? this.#root(key)
    const node: Node = {
      ids: ids.slice(start),
      segment,
      parent,
      at: last?.taken ?? 0,
      children: [],
      used: ++this.#clock
    }
    parent.children.push(node)
    this.#bytes += bytesOf(segment)
    this.#shrink(node)
  }

  clear(): void {
    this.#roots.clear()
    this.#bytes = 0
  }

  #root(key: string): Branch {
    const known = this.#roots.get(key)
    if (known !== undefined) return known
    const root = { children: [] }
    this.#roots.set(key, root)
    return root
  }

  #path(key: string, ids: ReadonlyArray<number>): ReadonlyArray<{ readonly node: Node; readonly taken: number }> {
    const path: Array<{ node: Node; taken: number }> = []
    let branch: Branch | undefined = this.#roots.get(key)
    let position = 0
    while (branch !== undefined && position < ids.length) {
      const found = longest(branch, ids, position, path.at(-1)?.taken ?? 0)
      if (found === undefined) break
      const last = path.at(-1)
      if (last !== undefined) {
        position -= last.taken - found.node.at
        last.taken = found.node.at
      }
      found.node.used = ++this.#clock
      path.push(found)
      position += found.taken
      branch = found.node
    }
    return path
  }

  #shrink(keep: Node): void {
    while (this.#bytes > this.#capacity) {
      let oldest: Node | undefined
      const look = ({ children }: Branch): void =>
        children.forEach((node) => {
          if (node.children.length > 0) look(node)
          else if (node !== keep && (oldest === undefined || node.used < oldest.used)) oldest = node
        })
      this.#roots.forEach(look)
      if (oldest === undefined) return
      const { children } = oldest.parent
      children.splice(children.indexOf(oldest), 1)
      this.#bytes -= bytesOf(oldest.segment)
    }
  }
}

/** The child that goes on longest with the ids from `position`, where `taken` of the branch's own ids lie before it. */
const longest = (
  branch: Branch,
  ids: ReadonlyArray<number>,
  position: number,
  taken: number
): { node: Node; taken: number } | undefined => {
  let best: { node: Node; taken: number } | undefined
  let end = position
  for (const node of branch.children) {
    if (node.at > taken) continue
    const start = position - (taken - node.at)
    let count = 0
    while (start + count < ids.length && count < node.ids.length && node.ids[count] === ids[start + count]) count++
    if (start + count > end) {
      best = { node, taken: count }
      end = start + count
    }
  }
  return best
}
