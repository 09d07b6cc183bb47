/** How a project's state gets another folder. */
const ELSEWHERE = "give another one with state_dir=PATH"

/** What the person can do about troubles of a folder of ours and its files, by what the system says. */
const remedies = (elsewhere: string): ReadonlyArray<readonly [RegExp, string]> => [
  [/snapshot of .* (damaged|missing)/, "Build the adapter anew from its lessons: continualcode lessons replay."],
  [
    /beginning of .* damaged/,
    "The weights it was started from are needed again: restore the folder from a backup, or import them into an adapter of "
    + "its own (continualcode adapters create NAME) and the lessons after them."
  ],
  [
    /not a database|malformed|damaged|corrupt/i,
    "The file is damaged: restore the folder from a backup, or move it away to begin anew."
  ],
  [
    /is full|ENOSPC|EDQUOT|EFBIG|too large|disk I\/O/i,
    "Make room on that disk and try again; what was acknowledged before is kept."
  ],
  [
    /readonly|EACCES|EPERM|EROFS|unable to open|ENOTDIR/i,
    `This process may not write there: mend the folder's permissions, or ${elsewhere}.`
  ]
]

/** What to do about a trouble told in these words; undefined when nothing is known. `elsewhere` says how to use another folder. */
export const remedyFor = (told: string, elsewhere = ELSEWHERE): string | undefined =>
  remedies(elsewhere).find(([trouble]) => trouble.test(told))?.[1]
