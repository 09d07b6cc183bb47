import { Buffer, isUtf8 } from "node:buffer"

/** How a text file is stored. */
interface TextFormat {
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be"
  readonly bom: boolean
}

export const plainFormat: TextFormat = { encoding: "utf-8", bom: false }

/** Bytes of UTF-8's byte order mark. */
export const BOM_BYTES = 3

/** Whether a byte continues a UTF-8 character. */
export const continues = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

const startsWith = (bytes: Uint8Array, ...prefix: ReadonlyArray<number>): boolean =>
  prefix.every((byte, index) => bytes[index] === byte)

/** The format that the first bytes announce. Without a byte order mark it is UTF-8. */
export const formatOf = (bytes: Uint8Array): TextFormat => {
  if (startsWith(bytes, 0xef, 0xbb, 0xbf)) return { encoding: "utf-8", bom: true }
  if (startsWith(bytes, 0xff, 0xfe)) return { encoding: "utf-16le", bom: true }
  if (startsWith(bytes, 0xfe, 0xff)) return { encoding: "utf-16be", bom: true }
  return plainFormat
}

export const encodeText = (text: string, format: TextFormat): Uint8Array => {
  const marked = format.bom ? `\ufeff${text}` : text
  if (format.encoding === "utf-8") return Buffer.from(marked, "utf8")
  const bytes = Buffer.from(marked, "utf16le")
  return format.encoding === "utf-16be" ? bytes.swap16() : bytes
}

/** The text without its byte order mark, or undefined when encoding it again would not give back the same bytes. */
export const decodeText = (bytes: Uint8Array): { readonly text: string; readonly format: TextFormat } | undefined => {
  const format = formatOf(bytes)
  if (format.encoding === "utf-8") {
    if (!isUtf8(bytes)) return undefined
    return { text: new TextDecoder().decode(bytes), format }
  }
  const text = new TextDecoder(format.encoding).decode(bytes)
  return Buffer.compare(encodeText(text, format), bytes) === 0 ? { text, format } : undefined
}

const magic: ReadonlyArray<readonly [name: string, prefix: ReadonlyArray<number>]> = [
  ["PNG image", [0x89, 0x50, 0x4e, 0x47]],
  ["JPEG image", [0xff, 0xd8, 0xff]],
  ["GIF image", [0x47, 0x49, 0x46, 0x38]],
  ["PDF document", [0x25, 0x50, 0x44, 0x46]],
  ["ZIP archive", [0x50, 0x4b, 0x03, 0x04]],
  ["gzip archive", [0x1f, 0x8b]],
  ["ELF program", [0x7f, 0x45, 0x4c, 0x46]],
  ["WebAssembly module", [0x00, 0x61, 0x73, 0x6d]],
  ["SQLite database", [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66]]
]

/** Bytes at the start of a file that decide whether it is text. */
export const SNIFF_BYTES = 4096

/**
 * What kind of binary file the first bytes belong to, or undefined for text: a known signature, a NUL byte, or more than 30
 * control characters in a hundred.
 */
export const binaryKind = (bytes: Uint8Array): string | undefined => {
  const known = magic.find(([, prefix]) => startsWith(bytes, ...prefix))
  if (known !== undefined) return known[0]
  if (formatOf(bytes).encoding !== "utf-8") return undefined
  const head = bytes.subarray(0, SNIFF_BYTES)
  let odd = 0
  for (const byte of head) {
    if (byte === 0) return "binary data"
    if (byte < 32 && !(byte >= 8 && byte <= 13) && byte !== 27) odd += 1
  }
  return odd > head.length * 0.3 ? "binary data" : undefined
}
