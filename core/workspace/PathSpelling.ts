const oddSpaces = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g

/**
 * The spellings to try for a path as a model wrote it, most literal first. A file that exists under an earlier spelling
 * wins; when none exists, the last entry of `forNew` names the new file.
 *
 * Covered: `~`, an `@` that chat clients put before file names, Unicode spaces, and the decomposed accents and curly
 * apostrophes of macOS file names.
 */
export const spellings = (
  path: string,
  home: string
): { readonly existing: ReadonlyArray<string>; readonly forNew: string } => {
  const expanded = path === "~" ? home : path.startsWith("~/") ? `${home}${path.slice(1)}` : path
  const bare = expanded.startsWith("@") && expanded.length > 1 ? expanded.slice(1) : expanded
  const spaced = bare.replace(oddSpaces, " ")
  const existing = new Set([
    expanded,
    bare,
    spaced,
    bare.normalize("NFD"),
    bare.replaceAll("'", "\u2019"),
    bare.normalize("NFD").replaceAll("'", "\u2019")
  ])
  return { existing: [...existing], forNew: spaced }
}
