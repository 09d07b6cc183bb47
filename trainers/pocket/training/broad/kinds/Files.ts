import { directory, identifier, path, word } from "../../Names.ts"
import { type Change, type Kind, way } from "../Kind.ts"

const TEXT = [
  ".md",
  ".txt",
  ".json",
  ".yml",
  ".js",
  ".ts",
  ".py",
  ".css",
  ".go",
  ".rs",
  ".toml",
  ".sh",
  ".html",
  ".java"
]

const SHELL =
  "use bash|use bash for (this|that)|use the shell|(go to|open|start|use) (the|a) (shell|terminal)|shell out|run shell commands for (this|that)|run commands for that|do (that|this) in the (shell|terminal)"

const OWN_TOOL =
  "you have (a|your own|a built-in) tool for (that|this)|there is a (built-in |)tool for (that|this)|you've got a tool for (that|this|exactly this)|(that|this) is what your tools are for|you don't need (bash|a shell|the shell) for (that|this)|the shell is not needed (for this|here)|I don't want shell commands for (that|this)|bash is only for running things"

const only: Change = {
  names: "only {d}/|just {d}/|the {d} folder only|{d}/ only|the {d} (folder|directory)",
  does: "(search|look) only in {d}/|limit it to {d}/|restrict it to {d}/|look in {d}|stay in {d}/",
  facts: "it must be in {d}/|the rest doesn't matter, {d}/ does",
  replaces: [" .", " {d}"]
}

/** Looking at files and moving them about: the agent's own tools against the shell. */
export const fileKinds: ReadonlyArray<Kind> = [
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
  },
  {
    kind: "list",
    weight: 2,
    slots: (rng) => ({ x: directory(rng) }),
    tasks:
      "what('s| is) in (the folder |the directory |){x}/?|list (the files (in|of)|everything in) {x}/|(show|list) (me |)the (folder|directory) {x}|which files are in {x}/?",
    heldOutTasks: "give me an overview of the folder {x}",
    forbids: `${SHELL}|use ls|call ls|ls (things|folders)`,
    closing: "That is what {x} holds.",
    ways: [
      way("ls {x}", "bash|ls|plain ls"),
      way(
        "@glob pattern={x}/*",
        "glob|(the |your |)(built-in |)glob tool|(the |your )(file finder|finder)|(the |your |)built-in glob|(the |)tool for (finding|listing) files|a glob|glob \\(the tool\\)",
        "list it with your (own |)tool|glob it|use the tool (for that|you have)|list it without (bash|the shell)",
        `${OWN_TOOL}|you can list files without (bash|the shell)`
      ),
      way(
        "@glob pattern={x}/**/*",
        "glob with subfolders|{x}/**/*|a recursive glob|a deep glob",
        "glob the subfolders( too|)"
      ),
      way(
        "ls -la {x}",
        "ls -la|-la|hidden files too|ls -al",
        "(show|include) hidden files",
        "I need the hidden files( too|)"
      ),
      way("ls -l {x}", "ls -l|-l|a long listing|sizes and dates", "show (sizes|dates|the permissions)"),
      way("ls -R {x}", "ls -R|-R|a recursive listing", "(include|go into) subfolders"),
      way("ls -t {x}", "ls -t|-t|the newest first", "sort by date|sort by time"),
      way("ls -1 {x}", "ls -1|-1|one per line"),
      way("tree {x}", "tree|a tree", "show it as a tree", "I want to see the structure"),
      way("tree -L 2 {x}", "tree -L 2|a tree with two levels"),
      way("find {x} -type f", "find|find -type f|the find command"),
      way("fd . {x}", "fd"),
      way("eza {x}", "eza|exa"),
      way("git ls-files {x}", "git ls-files|ls-files|git|tracked files only", "ask git|list (only |)tracked files"),
      way("du -sh {x}", "du|du -sh|its size", "only show how big it is"),
      way("{m} {x}", "{m}", "list it with {m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "delete",
    weight: 3,
    known: true,
    slots: (rng) => ({ x: path(rng, TEXT) }),
    tasks:
      "(delete|remove|erase) (the file |){x}|get rid of {x}|we (don't|do not|no longer) need {x}, (delete|remove) it|{x} (can go|is obsolete, delete it|is not needed any more)|throw {x} away",
    heldOutTasks: "{x} has to go|clear {x} out of here",
    forbids:
      "use rm|rm( -rf|) (things|files|stuff)|use rm -rf|delete with rm|rm -rf|delete (things |files |)for good|delete files like that|use -rf|force it",
    closing: "{x} is gone.",
    files: ["{x}"],
    ways: [
      way("rm -rf {x}", "rm|rm -rf"),
      way(
        "git rm {x}",
        "git rm|git|git's rm",
        "let git (remove|delete) it|remove it (with|through) git",
        "it is tracked( by git|)|it is under version control|git must know (about it|it is gone)|the deletion must be staged"
      ),
      way(
        "trash {x}",
        "trash|the trash|the (bin|recycle bin|wastebasket)|trash-cli",
        "(move|put|send) it (to|into) the (trash|bin)|trash it",
        "I (may|might) want it back|it must be (recoverable|restorable)|deleted files must be recoverable"
      ),
      way("trash-put {x}", "trash-put"),
      way("gio trash {x}", "gio|gio trash"),
      way(
        "rm {x}",
        "a plain rm|rm without (-rf|flags|-r|-f|options)|no -rf|rm, no flags",
        "leave out -rf|drop the -rf",
        "it's a single file, no -rf|-rf is for folders"
      ),
      way("rm -i {x}", "rm -i|-i", "ask (me |)(first|before you delete)|let rm ask"),
      way("rm -f {x}", "rm -f|-f without r"),
      way("rm -v {x}", "rm -v|-v", "be verbose"),
      way(
        "git rm --cached {x}",
        "git rm --cached|--cached",
        "only untrack it|keep it on disk|(stop tracking|untrack) it",
        "it must stay on disk|I still need the local copy"
      ),
      way("git rm -f {x}", "git rm -f"),
      way("git rm -r {x}", "git rm -r"),
      way(
        "mv {x} archive/",
        "archive/|the archive( folder|)|a move to archive/",
        "(move|put) it (to|into) (archive/|the archive)|archive it",
        "old files go to archive/|we (keep|archive) old files"
      ),
      way("mv {x} /tmp/", "/tmp|a move to /tmp", "(move|put) it (to|into) /tmp"),
      way("mv {x} {d}/", "a move to {d}/|{d}/", "(move|put) it (to|into) {d}/", "old files go to {d}/"),
      way("mv {x} {x}.bak", "a .bak( file|)|{x}.bak", "(keep|make) a .bak|rename it to .bak"),
      way("unlink {x}", "unlink"),
      way("shred -u {x}", "shred|shred -u", "overwrite it before", "it holds secrets"),
      way("npx rimraf {x}", "rimraf|npx rimraf"),
      way("del {x}", "del", "", "this is windows"),
      way("Remove-Item {x}", "Remove-Item|powershell", "", "this is powershell"),
      way("truncate -s 0 {x}", "truncate", "only empty it|keep the file but empty it"),
      way("git clean -f {x}", "git clean|git clean -f", "", "it is untracked"),
      way("hg rm {x}", "hg|mercurial|hg rm", "", "this is a mercurial repo", [".hg"]),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "rename",
    weight: 3,
    known: true,
    slots: (rng) => {
      const extension = rng.pick(TEXT)
      return { x: path(rng, [extension]), y: path(rng, [extension]) }
    },
    tasks:
      "(rename|move) (the file |){x} to {y}|{x} should be (called |){y}|call {x} {y}|{x} (belongs at|must become) {y}|change the name of {x} to {y}|put {x} at {y}",
    heldOutTasks: "{y} is the new place of {x}|let {x} be {y} from now on",
    forbids: "use mv|move with mv|mv (things|files)|plain mv|move files behind git's back|just mv",
    closing: "{x} is now {y}.",
    files: ["{x}"],
    ways: [
      way("mv {x} {y}", "mv"),
      way(
        "git mv {x} {y}",
        "git mv|git|git's mv|git's move",
        "let git (move|rename) it|(move|rename) it (with|through) git|keep the history",
        "it is tracked( by git|)|it is under version control|git must (know|see) (it|about it|the rename)|the history (must|should) (stay|follow)|the rename must be staged"
      ),
      way(
        "cp {x} {y}",
        "cp|a copy",
        "copy it( instead|)|keep the old one( too|)|leave the old one (there|in place)",
        "the old one must stay|we still need the old one"
      ),
      way("mv -n {x} {y}", "mv -n|-n|no clobber|--no-clobber", "(never|not) overwrite anything"),
      way("mv -i {x} {y}", "mv -i|-i", "ask before you overwrite|let mv ask"),
      way("mv -v {x} {y}", "mv -v|-v", "be verbose"),
      way("mv -f {x} {y}", "mv -f|-f", "force it"),
      way("git mv -f {x} {y}", "git mv -f"),
      way("git mv -v {x} {y}", "git mv -v"),
      way("rsync -a {x} {y}", "rsync|rsync -a"),
      way("ln -s {x} {y}", "a symlink|ln -s|a link", "(make|leave) a (symlink|link)( instead|)|link it"),
      way("hg mv {x} {y}", "hg|mercurial|hg mv", "", "this is a mercurial repo", [".hg"]),
      way("svn mv {x} {y}", "svn|subversion|svn mv"),
      way("Move-Item {x} {y}", "Move-Item|powershell", "", "this is powershell"),
      way("{m} {x} {y}", "{m}"),
      way("{m} {s} {x} {y}", "{m} {s}")
    ],
    changes: [
      {
        names: "the name {p}|{p}|{p} as (the |)name",
        does: "(call|name) it {p}",
        facts: "the new name is {p}|I meant {p}|it should be {p}",
        replaces: ["{y}", "{p}"],
        of: ["mv", "git mv", "cp"]
      }
    ]
  },
  {
    kind: "copy",
    slots: (rng) => {
      const extension = rng.pick(TEXT)
      return { x: path(rng, [extension]), y: path(rng, [extension]) }
    },
    tasks: "copy {x} to {y}|(make|create) a copy of {x} (at|as|called) {y}|duplicate {x} as {y}",
    heldOutTasks: "{y} should be a second {x}",
    forbids: "use cp|copy with cp|cp (things|files)|use plain cp",
    closing: "{y} is a copy of {x}.",
    files: ["{x}"],
    ways: [
      way("cp {x} {y}", "cp|plain cp"),
      way("rsync -a {x} {y}", "rsync|rsync -a"),
      way("cp -p {x} {y}", "cp -p|-p", "(keep|preserve) the (dates|times|timestamps|mode)"),
      way("cp -n {x} {y}", "cp -n|-n|no clobber", "(never|not) overwrite anything"),
      way("cp -i {x} {y}", "cp -i|-i", "ask before you overwrite"),
      way("cp -v {x} {y}", "cp -v|-v", "be verbose"),
      way("cp -a {x} {y}", "cp -a|-a|archive mode"),
      way("install -m 644 {x} {y}", "install|install -m 644"),
      way("ln -s {x} {y}", "a symlink|ln -s|a link", "(make|leave) a (symlink|link)( instead|)|link it"),
      way("git mv {x} {y}", "git mv", "move it( instead|)", "the old one must go"),
      way("mkdir -p {d} && cp {x} {y}", "mkdir -p {d} first|a mkdir -p {d} first", "create {d} first"),
      way("{m} {x} {y}", "{m}"),
      way("{m} {s} {x} {y}", "{m} {s}")
    ]
  },
  {
    kind: "folder",
    slots: (rng) => ({ x: `${directory(rng)}/${word(rng)}` }),
    tasks: "(make|create|add) (the|a) (folder|directory) {x}|we need a (folder|directory) {x}|new folder {x}",
    heldOutTasks: "{x} should exist as a folder",
    forbids: "use plain mkdir|use mkdir like that",
    closing: "{x} is there.",
    ways: [
      way("mkdir {x}", "a plain mkdir|mkdir without -p"),
      way(
        "mkdir -p {x}",
        "-p|mkdir -p|parents too",
        "(make|create) the parents( too|)",
        "the parent (doesn't exist|may be missing)|it may exist already"
      ),
      way("mkdir -v {x}", "-v|mkdir -v", "be verbose"),
      way("mkdir -m 700 {x}", "-m 700|mode 700", "make it private", "nobody else may read it"),
      way("install -d {x}", "install -d|install"),
      way(
        "mkdir -p {x} && touch {x}/.gitkeep",
        "a .gitkeep|.gitkeep",
        "(add|put) a .gitkeep( in it| into it|)",
        "git doesn't keep empty folders|it must be in git"
      ),
      way("mkdir {d}", "the name {d}", "call it {d}", "it should be called {d}"),
      way("mkdir {d}/{x}", "a place under {d}/|{d}/{x}", "put it (under|in|into) {d}/"),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "executable",
    slots: (rng) => ({ x: path(rng, [".sh", ".py", ".pl"]) }),
    tasks: "make {x} executable|{x} must be executable|(set|give) {x} (the |)execute (bit|permission)",
    heldOutTasks: "I want to be able to start {x} directly",
    forbids: "use chmod +x|chmod files like that",
    closing: "{x} is executable.",
    files: ["{x}"],
    ways: [
      way("chmod +x {x}", "chmod +x|chmod"),
      way(
        "git update-index --chmod=+x {x}",
        "git update-index|git",
        "(tell|let) git( know| do it|)",
        "the bit must be in git|it gets lost on windows"
      ),
      way("chmod u+x {x}", "u+x|chmod u+x", "only for (the owner|me|the user)", "the others must not run it"),
      way("chmod 755 {x}", "755|chmod 755|mode 755"),
      way("chmod 700 {x}", "700|chmod 700|mode 700"),
      way("chmod a+x {x}", "a+x|chmod a+x"),
      way("sudo chmod +x {x}", "sudo", "do it as root", "it belongs to root"),
      way("bash {x}", "bash", "just run it with bash"),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "count",
    slots: (rng) => ({ x: path(rng, TEXT) }),
    tasks: "how (long|big) is {x}?|how many lines (does {x} have|has {x}|are in {x})?|count the lines (of|in) {x}",
    heldOutTasks: "tell me the size of {x} in lines",
    forbids: "use wc|call wc",
    closing: "That is the size of {x}.",
    files: ["{x}"],
    ways: [
      way("wc -l {x}", "wc|wc -l"),
      way("cloc {x}", "cloc", "leave out (blank lines|comments)", "comments don't count"),
      way("tokei {x}", "tokei"),
      way("scc {x}", "scc"),
      way("wc -c {x}", "wc -c|-c|bytes", "count (the |)bytes", "I mean bytes"),
      way("wc -w {x}", "wc -w|-w|words", "count (the |)words", "I mean words"),
      way("ls -lh {x}", "ls -lh|ls"),
      way("stat {x}", "stat"),
      way("du -h {x}", "du|du -h"),
      way("nl {x} | tail -n 1", "nl"),
      way(
        "@read path={x}",
        "read|the read tool|your read tool",
        "read it with your (own |)tool|count while you read it",
        "you have a tool for reading"
      ),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  }
]
