/** Nats and other small numbers, short: two decimals, or two digits when smaller than 0.01. */
export const short = (value: number): string => {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size >= 100) return value.toFixed(0)
  if (size >= 0.01 || size === 0) return value.toFixed(2)
  return value.toPrecision(2)
}

/** A log-probability in nats, one decimal, two digits when it is close to 0. */
export const logProb = (value: number): string => Math.abs(value) >= 0.05 ? value.toFixed(1) : short(value)

export const seconds = (value: number): string => `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} s`

/** A whole number with its thousands apart. */
export const whole = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 })

/** A sum of money, to a hundredth, or two digits when it is less. */
export const money = ({ amount, currency }: { readonly amount: number; readonly currency: string }): string =>
  `${amount === 0 || Math.abs(amount) >= 0.1 ? amount.toFixed(2) : String(Number(amount.toPrecision(2)))} ${currency}`

export const percent = (share: number): string => `${Math.round(share * 100)}%`

export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? "" : "s"}`

/** How many updates a step made, and how many of them also rehearsed calls to keep: those may come after `inner_steps`. */
export const updatesText = (inner: ReadonlyArray<{ readonly rehearsed?: number }>): string => {
  const rehearsing = inner.filter(({ rehearsed = 0 }) => rehearsed > 0).length
  return `${count(inner.length, "update")}${rehearsing === 0 ? "" : `, ${rehearsing} of them to keep other calls`}`
}

/** A probability in percent, small ones with more digits; `·` when it is not known. */
export const chance = (probability: number | undefined): string => {
  if (probability === undefined) return "·"
  const share = 100 * probability
  if (share >= 10) return `${share.toFixed(0)}%`
  return share >= 0.01 ? `${share.toFixed(share >= 1 ? 1 : 2)}%` : "<0.01%"
}

/** A duration given in seconds, in whole milliseconds. */
export const millis = (value: number): string => `${Math.round(value * 1000)} ms`

/** A drift in nats; what is too small to matter is only said to be small. */
export const drift = (value: number): string => value === 0 ? "0" : value < 0.001 ? "<0.001" : short(value)
