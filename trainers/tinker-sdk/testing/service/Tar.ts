const BLOCK = 512

/** A header field: text in a fixed place. */
const put = (header: Uint8Array, offset: number, text: string): void => {
  header.set(new TextEncoder().encode(text), offset)
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`

/** A tar archive (ustar) of plain files. */
export const tar = (files: Readonly<Record<string, Uint8Array>>): Uint8Array => {
  const parts: Array<Uint8Array> = []
  for (const [name, bytes] of Object.entries(files)) {
    const header = new Uint8Array(BLOCK)
    put(header, 0, name)
    put(header, 100, octal(0o644, 7))
    put(header, 108, octal(0, 7))
    put(header, 116, octal(0, 7))
    put(header, 124, octal(bytes.length, 11))
    put(header, 136, octal(0, 11))
    put(header, 148, " ".repeat(8))
    put(header, 156, "0")
    put(header, 257, "ustar\0" + "00")
    put(header, 148, `${octal(header.reduce((sum, byte) => sum + byte, 0), 6)} `)
    parts.push(header, bytes, new Uint8Array((BLOCK - bytes.length % BLOCK) % BLOCK))
  }
  parts.push(new Uint8Array(2 * BLOCK))
  const archive = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    archive.set(part, at)
    at += part.length
  }
  return archive
}
