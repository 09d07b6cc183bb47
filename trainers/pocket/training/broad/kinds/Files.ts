import { directory, path, word } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"
import { OWN_TOOL, SHELL, TEXT } from "./FileWords.ts"

/** What people do with files and folders. */
export const fileKinds: ReadonlyArray<Kind> = [
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
