/** The frozen weights of a model, in float32, by Hugging Face name. */
export interface ModelWeights {
  /** As stored, row-major. */
  readonly tensor: (name: string) => Float32Array
  /** A stored matrix [rows, columns] as [columns, rows]. */
  readonly transposed: (name: string) => Float32Array
}

const transposeMatrix = (data: Float32Array, rows: number, columns: number): Float32Array => {
  const result = new Float32Array(data.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column]!
  }
  return result
}

/** Weights held in memory. Throws for a name that is not there: loaders check names and shapes beforehand. */
export const modelWeights = (
  tensors: ReadonlyMap<string, { readonly shape: ReadonlyArray<number>; readonly data: Float32Array }>
): ModelWeights => {
  const find = (name: string) => {
    const tensor = tensors.get(name)
    if (tensor === undefined) throw new Error(`no weight named ${name}`)
    return tensor
  }
  return {
    tensor: (name) => find(name).data,
    transposed: (name) => {
      const { data, shape } = find(name)
      return transposeMatrix(data, shape[0]!, shape[1]!)
    }
  }
}
