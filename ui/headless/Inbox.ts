/** What a waiting request says to one item: take it, leave it in the queue, or throw it out (having said why). */
export type Judgement<A> = { readonly take: A } | "leave" | "drop"

interface Waiting<Item> {
  readonly offer: (item: Item) => "taken" | "leave" | "drop"
  readonly end: () => void
}

/**
 * Input that arrived, in order, and at most one request that waits for it. Items nobody waits for are kept.
 */
export class Inbox<Item> {
  private queue: ReadonlyArray<Item> = []
  private waiting: Waiting<Item> | undefined
  private ended = false

  push(item: Item): void {
    const said = this.waiting?.offer(item) ?? "leave"
    if (said === "leave") this.queue = [...this.queue, item]
  }

  /** No more input will come: a waiting request is told, later ones are told once the queue has nothing for them. */
  end(): void {
    this.ended = true
    this.waiting?.end()
  }

  /**
   * Waits for an item that `judge` takes. Queued items are judged in order up to the first one it leaves; items that arrive
   * later are judged whatever is queued. `resolve` is called once, with undefined when the input has ended. Returns a
   * function that withdraws the request.
   */
  ask<A>(judge: (item: Item) => Judgement<A>, resolve: (value: A | undefined) => void): () => void {
    for (const [index, item] of this.queue.entries()) {
      const said = judge(item)
      if (said === "leave") {
        this.queue = this.queue.slice(index)
        return this.wait(judge, resolve)
      }
      if (said !== "drop") {
        this.queue = this.queue.slice(index + 1)
        resolve(said.take)
        return () => {}
      }
    }
    this.queue = []
    return this.wait(judge, resolve)
  }

  private wait<A>(judge: (item: Item) => Judgement<A>, resolve: (value: A | undefined) => void): () => void {
    if (this.ended) {
      resolve(undefined)
      return () => {}
    }
    const waiting: Waiting<Item> = {
      offer: (item) => {
        const said = judge(item)
        if (said === "leave" || said === "drop") return said
        this.waiting = undefined
        resolve(said.take)
        return "taken"
      },
      end: () => {
        this.waiting = undefined
        resolve(undefined)
      }
    }
    this.waiting = waiting
    return () => {
      if (this.waiting === waiting) this.waiting = undefined
    }
  }
}
