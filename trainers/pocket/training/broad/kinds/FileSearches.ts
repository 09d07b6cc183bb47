import { identifier, path, word } from "../../Names.ts"
import { type Change, type Kind, way } from "../Kind.ts"
import { OWN_TOOL, SHELL, TEXT } from "./FileWords.ts"

const only: Change = {
  names: "only {d}/|just {d}/|the {d} folder only|{d}/ only|the {d} (folder|directory)",
  does: "(search|look) only in {d}/|limit it to {d}/|restrict it to {d}/|look in {d}|stay in {d}/",
  facts: "it must be in {d}/|the rest doesn't matter, {d}/ does",
  replaces: [" .", " {d}"]
}

/** Looking into files, and for them. */
export const fileSearchKinds: ReadonlyArray<Kind> = [
  {
    kind: "search",
    weight: 4,
    known: true,
    slots: (rng) => ({ x: identifier(rng) }),
    tasks:
      "where (is|do we use|do we call) {x}( used| defined|)?|(find|look for|search( for|)) {x}( in the (code|project|sources)|)|who (calls|uses|imports) {x}?|(find|show|list) (all |the |all the |)(uses|usages|occurrences|callers|mentions) of {x}|which files (mention|use|contain) {x}?|is {x} (still |)used( anywhere|)?",
    heldOutTasks: "in which places does {x} come up?|track down {x}",
    forbids: `${SHELL}|grep (through|with|in) bash|search with bash|grep in the shell`,
    closing: "{x} is used in the files above.",
    ways: [
      way("grep -rn \"{x}\" .", "bash|grep -rn|bash grep|grep (in|from) the shell|the shell's grep"),
      way(
        "@grep pattern={x}",
        "grep|(the |your |)(built-in |)grep tool|(the |your )(search|searching) tool|(the |your |)built-in (grep|search)|your own (grep|search|search tool)|(the |)tool for searching|the code search( tool|)|grep \\(the tool\\)",
        "search with your (own |)tool|grep with the tool|use the tool (for that|you have)|search (it |)without (bash|the shell)",
        `${OWN_TOOL}|you can search without (bash|the shell)`
      ),
      way(
        "rg \"{x}\"",
        "rg|ripgrep|rip grep",
        "search with ripgrep|let ripgrep do it",
        "grep is (too |)slow on this repo, ripgrep isn't|ripgrep is installed"
      ),
      way(
        "git grep \"{x}\"",
        "git grep|git's grep|grep (of|from|in) git|git",
        "let git search|search (only |)tracked files",
        "only tracked files matter|it searches node_modules"
      ),
      way("ag \"{x}\"", "ag|the silver searcher"),
      way("ack \"{x}\"", "ack"),
      way("ugrep -r \"{x}\"", "ugrep"),
      way("ast-grep -p \"{x}\"", "ast-grep|sg"),
      way(
        "grep -rnw \"{x}\" .",
        "-w|grep -w|whole words|grep -rnw",
        "match whole words( only|)",
        "it finds parts of longer names"
      ),
      way(
        "grep -rni \"{x}\" .",
        "-i|grep -i|case-insensitive search|grep -rni",
        "ignore (the |)case|search case-insensitively",
        "upper case or lower case doesn't matter"
      ),
      way(
        "grep -rl \"{x}\" .",
        "-l|grep -l|grep -rl|file names only|only the file names",
        "list only the files|show only (the |)file names",
        "I only need the file names"
      ),
      way(
        "grep -rc \"{x}\" .",
        "-c|grep -c|a count|counts",
        "count (them|the matches)",
        "I only want to know how many"
      ),
      way("grep -rnF \"{x}\" .", "-F|grep -F|fgrep|a fixed string", "take it literally"),
      way("rg -i \"{x}\"", "rg -i"),
      way("rg -w \"{x}\"", "rg -w"),
      way("rg -l \"{x}\"", "rg -l"),
      way("rg \"{x}\" {d}", "rg in {d}|rg under {d}/|ripgrep in {d}/"),
      way(
        "@grep pattern={x} path={d}",
        "the grep tool (in|on|under) {d}|grep with path {d}|your grep tool (in|on) {d}",
        "grep {d} with (your|the) tool"
      ),
      way(
        "git log -S \"{x}\"",
        "git log -S|the pickaxe",
        "search the history",
        "I mean in the history|it was removed long ago"
      ),
      way("{m} \"{x}\"", "{m}", "search with {m}"),
      way("{m} {s} \"{x}\"", "{m} {s}")
    ],
    changes: [
      { ...only, of: ["grep -rn \"{x}\" ."] },
      {
        names: "only {e} files|just the {e} files|{e} files only",
        does: "(search|look) only in {e} files",
        facts: "only {e} files matter",
        replaces: ["-rn \"{x}\"", "-rn --include=\"*{e}\" \"{x}\""],
        of: ["grep -rn \"{x}\" ."]
      },
      {
        names: "{w}, not {x}|the name {w}|the word {w}",
        does: "(search|look) for {w}",
        facts: "it's (called |){w}|I meant {w}|the name is {w}",
        replaces: ["{x}", "{w}"],
        of: ["grep -rn", "@grep pattern={x}", "rg \"{x}\"", "git grep"]
      }
    ]
  },
  {
    kind: "show",
    weight: 4,
    known: true,
    slots: (rng) => ({ x: path(rng, TEXT) }),
    tasks:
      "(show|open|print|display|read) (me |)(the file |){x}|what('s| is) in {x}?|(let me|I want to) see {x}|what does {x} (say|contain)?|(have|take) a look (at|into) {x}|look (at|into) {x}|(output|give me) (the contents of |){x}",
    heldOutTasks: "put {x} on the screen|I'd like to know what {x} holds",
    forbids: `${SHELL}|cat( files| things| it|)|use cat|cat files (in|with) bash`,
    closing: "That is {x}.",
    files: ["{x}"],
    ways: [
      way("cat {x}", "bash|cat|bash cat|plain cat"),
      way(
        "@read path={x}",
        "read|(the |your |)(built-in |)read tool|(the |your )(file reader|reader|reading tool)|(the |your |)built-in (read|reader)|your own (reader|read tool)|(the |)tool for reading( files|)|the file (reader|viewer) you have|read \\(the tool\\)",
        "open it with (the|your) reader|read it( with the tool| with your tool|)|use the tool (for that|you have)|open it without (bash|the shell)|read the file properly",
        `${OWN_TOOL}|you can read files (directly|yourself|without bash|without a shell)|files can be read (directly|without the shell)`
      ),
      way(
        "head -n 40 {x}",
        "head|the top|the beginning",
        "show (only |just |)the (top|beginning|start)",
        "the (top|beginning) is enough|I only need the imports"
      ),
      way(
        "head -n {n} {x}",
        "the first {n} lines|head -n {n}|the top {n} lines|head with {n} lines",
        "show (only |just |)the first {n} lines|cut it after {n} lines",
        "the first {n} lines are enough|I only need the first {n} lines"
      ),
      way(
        "tail -n 20 {x}",
        "tail|the end|the tail|the last lines",
        "show (only |just |)the end",
        "the end is enough|I only need the last part"
      ),
      way(
        "tail -n {n} {x}",
        "the last {n} lines|tail -n {n}|the bottom {n} lines|tail with {n} lines",
        "show (only |just |)the last {n} lines",
        "the last {n} lines are enough"
      ),
      way("tail -f {x}", "tail -f", "follow it", "it grows all the time"),
      way("less {x}", "less|a pager|the pager", "page it", "I want to scroll|it doesn't fit on the screen"),
      way("more {x}", "more \\(the pager\\)"),
      way("bat {x}", "bat|batcat", "highlight it|colour it", "I want (colours|syntax highlighting)"),
      way("nl {x}", "nl"),
      way("cat -n {x}", "cat -n|-n|line numbers", "number the lines|show line numbers", "I need the line numbers"),
      way("cat -A {x}", "cat -A|-A", "show (tabs|white ?space|invisible characters)"),
      way(
        "sed -n '{n},{k}p' {x}",
        "lines {n} to {k}|lines {n}-{k}|sed|line {n} to {k}",
        "show (only |just |)lines {n} (to|-) {k}|only print lines {n} to {k}",
        "only lines {n} to {k} matter"
      ),
      way(
        "@read path={x} limit={n}",
        "the read tool with {n} lines|read with (a |)limit (of |){n}|limit {n}",
        "read (only |just |)(the first |){n} lines",
        "with your tool {n} lines are enough"
      ),
      way(
        "@read path={x} offset={n}",
        "the read tool from line {n}|read with (an |)offset (of |){n}|offset {n}",
        "read (it |)from line {n}|start reading at line {n}"
      ),
      way("@read path={x} offset={n} limit={k}", "the read tool from line {n} with {k} lines|offset {n} and limit {k}"),
      way("jq . {x}", "jq", "pretty print the json"),
      way("glow {x}", "glow", "render the markdown"),
      way("wc -l {x}", "wc|wc -l", "only count the lines", "I only want to know how long it is"),
      way("xxd {x}", "xxd|a hex dump", "dump it in hex"),
      way("code {x}", "code|vs ?code|my editor", "open it in (my editor|vs code)"),
      way("vim {x}", "vim"),
      way("nano {x}", "nano"),
      way("git show HEAD:{x}", "git show|the committed version|HEAD's version", "show the committed version"),
      way("git diff {x}", "git diff|the diff", "show (what changed in it|its diff)"),
      way("{m} {x}", "{m}", "open it with {m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "find",
    weight: 4,
    known: true,
    slots: (rng) => ({
      x: rng.chance(0.6)
        ? rng.pick([".js", ".ts", ".py", ".md", ".json", ".css", ".go", ".rs", ".tsx", ".yml", ".test.ts", ".sql"])
        : `.${word(rng)}`
    }),
    tasks:
      "(find|list|show|get) (me |)((all|all the|the) {x} files|every {x} file)|which {x} files (are there|do we have|exist)?|where are the {x} files?|what {x} files does this have?|are there (any |){x} files?",
    heldOutTasks: "give me an overview of the {x} files|how many {x} files are around?",
    forbids: `${SHELL}|use find|find files with bash|call find|run find`,
    closing: "These are the {x} files.",
    ways: [
      way("find . -name \"*{x}\"", "bash|find|bash find|the find command"),
      way(
        "@glob pattern=**/*{x}",
        "glob|(the |your |)(built-in |)glob tool|(the |your )(file finder|finder|file search)|(the |your |)built-in (glob|finder)|your own (glob|finder|file finder)|(the |)tool for finding files|a glob( pattern|)|globbing|glob \\(the tool\\)",
        "find them with your (own |)tool|glob (it|for it|for them)|use the tool (for that|you have)|list them without (bash|the shell)",
        `${OWN_TOOL}|you can (find|list) files without (bash|the shell)`
      ),
      way("ls -R | grep \"{x}\"", "ls|ls -R"),
      way(
        "git ls-files \"*{x}\"",
        "git ls-files|ls-files|git|tracked files only",
        "ask git|list (only |)tracked files",
        "only tracked files matter|it lists node_modules too"
      ),
      way("fd \"{x}\"", "fd|fdfind|fd-find", "find them with fd", "find is slow here, fd isn't"),
      way("rg --files -g \"*{x}\"", "rg|ripgrep|rg --files"),
      way("tree -P \"*{x}\"", "tree", "show it as a tree"),
      way("locate \"*{x}\"", "locate"),
      way(
        "find {d} -name \"*{x}\"",
        "find in {d}/ only|only {d}/|just {d}/|{d}/ only|the {d} (folder|directory)( only|)",
        "(look|search) only in {d}/|limit it to {d}/|look in {d}|stay in {d}/",
        "they are all in {d}/"
      ),
      way(
        "@glob pattern={d}/**/*{x}",
        "(the |a |)glob (in|under) {d}|your glob tool (in|under) {d}|{d}/**/*{x}",
        "glob (in|under) {d}/"
      ),
      way("@glob pattern=*{x}", "the glob tool without subfolders|*{x}", "glob only the top level"),
      way("find . -name \"*{x}\" -type f", "-type f|files only", "leave out (directories|folders)"),
      way("find . -iname \"*{x}\"", "-iname", "ignore the case"),
      way(
        "find . -name \"*{x}\" | wc -l",
        "wc -l|a count",
        "count them|only count them",
        "I only want to know how many"
      ),
      way(
        "find . -name \"*{x}\" -not -path \"*/node_modules/*\"",
        "no node_modules|without node_modules",
        "(skip|leave out|ignore) node_modules"
      ),
      way(
        "find . -maxdepth 1 -name \"*{x}\"",
        "-maxdepth 1|only the top level|this folder only",
        "stay on the top level|not go into subfolders"
      ),
      way("{m} \"{x}\"", "{m}", "find them with {m}"),
      way("{m} {s} \"{x}\"", "{m} {s}")
    ],
    changes: [
      {
        names: "{e} files|the {e} files|{e}",
        does: "(look|search) for {e} files",
        facts: "I meant {e}( files|)|the ending is {e}",
        replaces: ["{x}", "{e}"],
        of: ["find . -name \"*{x}\"", "@glob pattern=**/*{x}"]
      }
    ]
  }
]
