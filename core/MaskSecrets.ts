/** What stands in for a secret in the ledger. */
export const MASK = "[secret]"

const PATTERNS: ReadonlyArray<RegExp> = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\bgh[opsur]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bhf_[A-Za-z0-9]{20,}/g,
  /\btml-[A-Za-z0-9_-]{16,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g
]

/** The value only is masked: `API_KEY=…`, `"password": "…"`, `Authorization: Bearer …`, `https://user:…@host`. */
const VALUES: ReadonlyArray<RegExp> = [
  /((?:api[_-]?key|secret|token|passwd|password|credential)[A-Za-z0-9_]*\\?["']?\s*[:=]\s*\\?["']?)([^\s"'\\,;(){}[\]]{8,})/gi,
  /(\b(?:Bearer|Basic)\s+)([A-Za-z0-9._~+/=-]{12,})/g,
  /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)([^\s@/]{3,})(?=@)/gi
]

/** Masks what looks like a key, token, password or private key in a text. Masking twice changes nothing. */
export const maskText = (text: string): string => {
  const withoutKeys = PATTERNS.reduce((masked, pattern) => masked.replace(pattern, MASK), text)
  return VALUES.reduce((masked, pattern) => masked.replace(pattern, `$1${MASK}`), withoutKeys)
}

/** Masks every string in a JSON value; numbers (so token ids) and keys stay. */
export const maskJson = (value: unknown): unknown => {
  if (typeof value === "string") return maskText(value)
  if (Array.isArray(value)) return value.every((item) => typeof item === "number") ? value : value.map(maskJson)
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskJson(item)]))
  }
  return value
}
