/** Bytes in a unit a person reads: decimal, like a disk's label. */
export const inUnits = (bytes: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB"]
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`
}

/** Seconds as a person says them. */
export const inTime = (seconds: number): string =>
  seconds < 90
    ? `${Math.max(1, Math.round(seconds))} s`
    : seconds < 5400
    ? `${Math.round(seconds / 60)} min`
    : `${Math.round(seconds / 3600)} h`
