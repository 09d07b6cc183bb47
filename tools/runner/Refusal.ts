import type { Ended } from "../../core/Runner.ts"

const WRITE = /read-only file system|\bEROFS\b/i
const NET =
  /network is unreachable|\bENETUNREACH\b|temporary failure in name resolution|\bEAI_AGAIN\b|could not resolve (?:host|proxy)|name or service not known|nodename nor servname|failed to lookup address|CONNECT tunnel failed, response 403/i
const DENIED = /permission denied|operation not permitted|\bEACCES\b|\bEPERM\b/i

interface Bounds {
  readonly name: string
  /** Whether hosts are out of reach. */
  readonly offline: boolean
  /** Absolute paths that cannot be read. */
  readonly masked: ReadonlyArray<string>
  /** Whether a write that is not allowed shows as a plain lack of permission. */
  readonly writesDenied?: boolean
}

/** A program names a file as it was given, so the last part of the path has to do. */
const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/**
 * What a containment seems to have refused. A command tells that only in its own words, so a failure that says such words is
 * taken for one; a command that succeeded was refused nothing that matters.
 */
export const refusalOf = ({ code, output }: Ended, bounds: Bounds): string | undefined => {
  if (code === 0) return undefined
  const refused = (what: string, remedy: string) => `the sandbox (${bounds.name}) did not let it ${what}; ${remedy}`
  const masked = DENIED.test(output) ? bounds.masked.find((path) => output.includes(baseName(path))) : undefined
  if (masked !== undefined) {
    return refused(
      `use ${baseName(masked)}, which is protected`,
      "the user can allow that with /permissions allow read"
    )
  }
  if (WRITE.test(output) || (bounds.writesDenied === true && DENIED.test(output))) {
    return refused(
      "write outside the project or to a protected file",
      "stay inside, or the user can allow it with /permissions allow write"
    )
  }
  if (bounds.offline && NET.test(output)) {
    return refused("use the network", "do without, or the user can allow it with /permissions allow net")
  }
  return undefined
}
