import { createHash } from "node:crypto"

/** A hash that grows with the content. */
export const contentHasher = () => createHash("sha256")

/** SHA-256 of some bytes or text, in hexadecimal. */
export const contentHash = (content: Uint8Array | string): string => contentHasher().update(content).digest("hex")
