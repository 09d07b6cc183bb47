/** Most lines of one file shown by one call. */
export const MAX_LINES = 2000
/** Longest line shown, in UTF-16 units; the rest of the line is left out. */
export const MAX_LINE_LENGTH = 2000
/** Most bytes of output of one call. */
export const MAX_OUTPUT_BYTES = 51_200
/** Most bytes of output that any tool, bundled or not, may hand to the model. */
export const MAX_RESULT_BYTES = 65_536
/** Largest file that the editing tools change, in bytes. */
export const MAX_EDIT_BYTES = 10_485_760
/** Lines shown before and after a change. */
export const NEIGHBOURS = 2
/** Most lines of a neighbourhood; a longer one is cut in its middle. */
export const MAX_NEIGHBOURHOOD = 40
/** Most paths returned by glob. */
export const MAX_PATHS = 100
/** Most matches returned by grep. */
export const MAX_MATCHES = 100
/** Longest line shown by grep, in UTF-16 units, around its first match. */
export const MAX_MATCH_LENGTH = 500
/** Seconds that one search may take as a whole. */
export const SEARCH_SECONDS = 30
/** Most files that one search finds, before a pattern of names is applied. */
export const MAX_FOUND_FILES = 500_000
/** Most lines shown before and after a match. */
export const MAX_CONTEXT = 10
/** Largest file searched where there is no ripgrep, in bytes. */
export const MAX_SEARCH_BYTES = 5_242_880
/** Seconds that matching one file may take there. */
export const MATCH_SECONDS = 2
/** Seconds a shell command may run, when the call does not say. */
export const COMMAND_SECONDS = 120
/** Most seconds that a call may give a command. */
export const MAX_COMMAND_SECONDS = 600
/** Milliseconds for processes that a command leaves behind to end by themselves. */
export const GRACE_MILLISECONDS = 250
/** Most bytes of one output that are kept in a file. */
export const MAX_KEPT_BYTES = 67_108_864
/** Days that such files are kept. */
export const KEPT_DAYS = 7
/** Seconds between asking a command to stop and killing it. */
export const KILL_AFTER_SECONDS = 3
/** Seconds to wait for output pipes that outlive the command. */
export const DRAIN_SECONDS = 2
