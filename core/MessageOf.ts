/** What something thrown or failed says of itself. */
export const messageOf = (cause: unknown): string =>
  cause instanceof Error && cause.message !== "" ? cause.message : String(cause)
