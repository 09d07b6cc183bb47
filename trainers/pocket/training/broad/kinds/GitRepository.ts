import { stem, word } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** What else people ask of a repository. */
export const repositoryKinds: ReadonlyArray<Kind> = [
  {
    kind: "look",
    weight: 2,
    tasks:
      "what (changed|did I change|has changed)?|show (me |)(the changes|what changed)|what is (new|different|modified)?|where do we stand in git?",
    heldOutTasks: "tell me which changes there are",
    forbids: "use git status|git status|show only names",
    closing: "Those are the changes.",
    ways: [
      way("git status", "git status|the status"),
      way(
        "git diff",
        "git diff|the diff|a diff|the full diff",
        "show the (diff|lines)",
        "I want to see the lines|file names are not enough"
      ),
      way(
        "git diff --staged",
        "--staged|git diff --staged|what's staged|the staged (part|changes)",
        "show (what's|the) staged",
        "I mean the staged changes"
      ),
      way("git diff --cached", "--cached|git diff --cached"),
      way("git diff --stat", "--stat|git diff --stat|a diffstat", "only show the stats", "the whole diff is too long"),
      way("git diff main", "git diff main|main|the diff against main", "compare (it |)(with|to) main"),
      way("git diff HEAD~{n}", "HEAD~{n}|git diff HEAD~{n}|the last {n} commits' diff"),
      way("git diff {p}", "only {p}|just {p}|{p}", "only show {p}"),
      way("git status -s", "-s|git status -s|--short|the short (form|status)", "make it short", "that's too long"),
      way("git status --porcelain", "--porcelain|porcelain"),
      way(
        "git log --oneline -n {n}",
        "git log --oneline -n {n}|the last {n} commits|{n} commits",
        "show the last {n} commits"
      ),
      way("git log --oneline", "--oneline|git log --oneline|one line (per|each) commit"),
      way("git log", "git log|the log|the history", "show the (log|history|commits)", "I mean the commits"),
      way("git show", "git show|the last commit", "show the last commit"),
      way("tig", "tig"),
      way("lazygit", "lazygit"),
      way("jj st", "jj|jujutsu|jj st", "", "", [".jj"]),
      way("hg status", "hg|mercurial", "", "", [".hg"]),
      way("gh pr diff", "gh|gh pr diff|the PR's diff"),
      way("{m} status", "{m}|{m} status"),
      way("{m} {s}", "{m} {s}")
    ]
  },
  {
    kind: "tag",
    slots: (rng) => ({ x: `${rng.below(9)}.${rng.below(20)}.${rng.below(9)}` }),
    tasks: "tag (it |this |)(as |)(version |){x}|(make|create|set) (a|the) tag {x}|(release|mark) this as {x}",
    heldOutTasks: "give this commit the tag {x}",
    forbids: "use git tag like that|make lightweight tags|use lightweight tags",
    closing: "The tag {x} is there.",
    ways: [
      way("git tag {x}", "a lightweight tag|lightweight tags"),
      way(
        "git tag -a {x} -m \"{x}\"",
        "-a|an annotated tag|git tag -a|annotated tags",
        "annotate it|make it annotated",
        "lightweight tags are lost"
      ),
      way(
        "git tag -s {x} -m \"{x}\"",
        "-s|a signed tag|git tag -s|signed tags",
        "sign it|sign the tag",
        "tags must be signed"
      ),
      way(
        "git tag v{x}",
        "a v in front|the v prefix|v{x}|a v prefix|a leading v",
        "put a v in front|start with a v|prefix it with v",
        "our tags start with v|tags have a v"
      ),
      way(
        "git tag {w}-{x}",
        "{w}-|a {w}- prefix|{w}-{x}",
        "put {w}- in front|prefix it with {w}-",
        "tags start with {w}-"
      ),
      way("git tag -f {x}", "-f|--force|git tag -f", "move the tag|force it", "the tag exists already"),
      way("npm version {x}", "npm version|npm", "bump package.json( too|)", "package.json must change too", [
        "package.json"
      ]),
      way("gh release create {x}", "gh|gh release|a github release|gh release create", "make a (github |)release"),
      way("cargo release {x}", "cargo release|cargo", "", "", ["Cargo.toml"]),
      way("{m} tag {x}", "{m}|{m} tag"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "clone",
    slots: (rng) => ({ x: `https://git${rng.pick(["hub", "lab"])}.com/${word(rng)}/${stem(rng)}` }),
    tasks: "clone {x}|(get|check out) the (repo|repository) {x}|(fetch|get) a copy of {x}",
    heldOutTasks: "I want {x} on this machine",
    forbids: "use git clone|use git for that|call git",
    closing: "It is cloned.",
    ways: [
      way("git clone {x}", "git clone|git"),
      way("gh repo clone {x}", "gh|gh repo clone|the github cli", "", "it's private, gh is logged in"),
      way(
        "git clone --depth 1 {x}",
        "--depth 1|a shallow clone|depth 1|shallow",
        "make it shallow|leave out the history",
        "the history is huge|I don't need the history"
      ),
      way("glab repo clone {x}", "glab|glab repo clone"),
      way(
        "git clone --recurse-submodules {x}",
        "--recurse-submodules|submodules|the submodules too",
        "(get|take) the submodules( too|)",
        "it has submodules"
      ),
      way("git clone --bare {x}", "--bare|a bare clone", "make it bare"),
      way("git clone --mirror {x}", "--mirror|a mirror", "mirror it"),
      way(
        "git clone -b {b} {x}",
        "-b {b}|the branch {b}|branch {b}",
        "take the branch {b}|check out {b}",
        "I need the branch {b}"
      ),
      way(
        "git clone {x} {b}",
        "the folder {b}|{b} as (the |)folder|a folder called {b}",
        "(put|clone) it (in|into|to) {b}|call the folder {b}"
      ),
      way("git submodule add {x}", "a submodule|git submodule add", "make it a submodule|add it as a submodule"),
      way("degit {x}", "degit", "", "I only want the files"),
      way("hg clone {x}", "hg|mercurial"),
      way("jj git clone {x}", "jj|jujutsu|jj git clone"),
      way("{m} clone {x}", "{m}|{m} clone"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "stash",
    tasks: "(stash|set aside|put away|park) (my|the) (changes|work)|stash (it|this)",
    heldOutTasks: "my changes should be out of the way for now",
    forbids: "use git stash|stash things|stash my work|stash anything",
    closing: "Your changes are put away.",
    ways: [
      way("git stash", "git stash|a plain stash"),
      way(
        "git commit -am \"wip\"",
        "a wip commit|wip",
        "make a wip commit( instead|)",
        "stashes get lost|I lose stashes"
      ),
      way(
        "git stash -u",
        "-u|git stash -u|--include-untracked|untracked files too",
        "(include|take) (the |)untracked files",
        "there are new files too|the new files must go too"
      ),
      way(
        "git stash push -m \"{phrase}\"",
        "the message {phrase}|{phrase} as (the |)message|\"{phrase}\" as its name",
        "(call|name) it \"{phrase}\"|write {phrase} on it",
        "I want it called {phrase}"
      ),
      way("git stash push {p}", "only {p}|just {p}|{p} only", "(stash|take) only {p}"),
      way("git stash --keep-index", "--keep-index|-k", "keep what's staged|leave the index alone"),
      way("git stash --staged", "--staged|what's staged only", "only stash what's staged"),
      way("git stash -p", "-p|patch mode", "go hunk by hunk"),
      way("git switch -c wip", "a branch|a branch called wip", "put it on a branch"),
      way("jj new", "jj|jujutsu|jj new", "", "", [".jj"]),
      way("{m} stash", "{m}|{m} stash"),
      way("{m} {s}", "{m} {s}")
    ]
  }
]
