import type { FeedbackStoreError } from "../../core/FeedbackStore.ts"

type Reason = FeedbackStoreError["reason"]

/** How a project's state gets another folder. */
const ELSEWHERE = "give another one with state_dir=PATH"

/** Troubles of a folder of ours and its files, by what the system says, and what the person can do. */
const remedies = (elsewhere: string): ReadonlyArray<readonly [RegExp, Reason, string?]> => [
  [/snapshot of .* damaged/, "Damaged", "Build the adapter anew from its lessons: continualcode lessons replay."],
  [/snapshot of .* missing/, "Missing", "Build the adapter anew from its lessons: continualcode lessons replay."],
  [
    /beginning of .* damaged/,
    "Damaged",
    "The weights it was started from are needed again: restore the folder from a backup, or import them into an adapter of "
    + "its own (continualcode adapters create NAME) and the lessons after them."
  ],
  [
    /not a database|malformed|damaged|corrupt/i,
    "Damaged",
    "The file is damaged: restore the folder from a backup, or move it away to begin anew."
  ],
  [
    /is full|ENOSPC|EDQUOT|EFBIG|too large|disk I\/O/i,
    "Full",
    "Make room on that disk and try again; what was acknowledged before is kept."
  ],
  [
    /readonly|EACCES|EPERM|EROFS|unable to open|ENOTDIR/i,
    "Forbidden",
    `This process may not write there: mend the folder's permissions, or ${elsewhere}.`
  ],
  [/ENAMETOOLONG/, "Forbidden", `The name is longer than the system allows: ${elsewhere}.`],
  [/EEXIST|ENOENT|EINVAL|ELOOP/, "Forbidden", `No folder can be made there: ${elsewhere}.`],
  [/newer continualcode/, "Newer"],
  [/has lessons already/, "Refused"],
  [/last lesson is missing/, "Refused", "Build the adapter anew from its lessons: continualcode lessons replay."],
  [/is in force|append-only|constraint/i, "Refused", "`continualcode lessons` lists what is there."]
]

const known = (told: string, elsewhere: string) => remedies(elsewhere).find(([trouble]) => trouble.test(told))

/** What to do about a trouble told in these words; undefined when nothing is known. `elsewhere` says how to use another folder. */
export const remedyFor = (told: string, elsewhere = ELSEWHERE): string | undefined => known(told, elsewhere)?.[2]

/** A trouble with its remedy, where the words themselves do not end with one. */
export const diagnose = (told: string): { readonly reason: Reason; readonly advice: string | undefined } => {
  const [, reason, advice] = known(told, ELSEWHERE)
    ?? [undefined, "Failed" as const, `Try again; if it stays so, start again, or ${ELSEWHERE}.`]
  return { reason, advice }
}
