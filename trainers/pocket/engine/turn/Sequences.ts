type Ids = ReadonlyArray<number>

/** Index of the last occurrence of `part`; -1 without one. */
export const lastIndexOf = (ids: Ids, part: Ids): number => {
  for (let start = ids.length - part.length; start >= 0; start--) {
    if (part.every((id, index) => ids[start + index] === id)) return start
  }
  return -1
}

/** How many ids two lists begin with alike. */
export const common = (a: Ids, b: Ids): number => {
  let count = 0
  while (count < a.length && count < b.length && a[count] === b[count]) count++
  return count
}
