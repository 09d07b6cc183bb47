import picomatch from "picomatch"

/**
 * Whether a path relative to the searched folder matches. A pattern without a slash is matched against the file's name
 * alone, at any depth.
 */
export const globMatcher = (pattern: string): (relative: string) => boolean =>
  picomatch(pattern, { dot: true, basename: !pattern.includes("/") })
