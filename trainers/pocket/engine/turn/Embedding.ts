/** The embedding matrix, a row per token id. */
export interface Embedding {
  /** [ids, hidden size]. */
  readonly rows: (ids: ReadonlyArray<number>) => Float32Array
}

/** One that is held in memory, [vocabulary, hidden size]. */
export const embeddingOf = (data: Float32Array, hiddenSize: number): Embedding => ({
  rows: (ids) => {
    const rows = new Float32Array(ids.length * hiddenSize)
    ids.forEach((id, index) => rows.set(data.subarray(id * hiddenSize, (id + 1) * hiddenSize), index * hiddenSize))
    return rows
  }
})
