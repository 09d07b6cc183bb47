/** What the read tool answers for a whole file. */
export const readResult = (lines: ReadonlyArray<string>): string =>
  [...lines.map((line, index) => `${index + 1}\t${line}`), `(end of file, ${lines.length} lines)`].join("\n")
