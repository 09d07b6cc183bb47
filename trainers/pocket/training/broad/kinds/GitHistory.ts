import { path, stem } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** What people ask of what others did, and of what is to be undone or brought together. */
export const historyKinds: ReadonlyArray<Kind> = [
  {
    kind: "pull",
    weight: 2,
    tasks:
      "(get|fetch|pull) the (latest|newest)( changes| commits|)|pull|update (the branch|my branch|my copy|the repo)|(bring|get) (me|it|this) up to date",
    heldOutTasks: "what the others did should be here too",
    forbids: "do a plain pull|make merge commits|pull like that|pull without a rebase",
    closing: "It is up to date.",
    ways: [
      way("git pull", "a plain pull|a bare pull|a plain git pull"),
      way(
        "git pull --rebase",
        "git pull --rebase|--rebase|a rebase|-r|pull with rebase",
        "rebase( instead|)|rebase (it|my commits)",
        "we want a straight history|merge commits are not wanted|no merge commits"
      ),
      way(
        "git pull --ff-only",
        "--ff-only|ff-only|a fast-forward|fast forward only",
        "only fast-forward",
        "it must fail when branches diverged"
      ),
      way(
        "git fetch",
        "git fetch|a fetch|fetch( only|)",
        "only fetch|not merge anything",
        "I want to look at it first"
      ),
      way("git fetch --all --prune", "git fetch --all --prune|a prune|--prune", "prune the (old|dead) branches"),
      way(
        "git fetch && git rebase origin/main",
        "a rebase on (origin/|)main|git rebase origin/main|origin/main",
        "rebase (it |)on(to|) (origin/|)main"
      ),
      way("git pull origin main", "origin main|git pull origin main", "pull from main"),
      way(
        "git pull origin {b}",
        "origin {b}|the branch {b}|git pull origin {b}",
        "pull from {b}|take the branch {b}"
      ),
      way("git pull upstream main", "upstream|upstream main|the upstream", "pull from upstream", "origin is my fork"),
      way("git pull --autostash", "--autostash|an autostash", "stash my changes around it"),
      way(
        "git submodule update --init",
        "submodules|the submodules|git submodule update --init",
        "update the submodules"
      ),
      way("gh repo sync", "gh|gh repo sync|the github cli"),
      way("jj git fetch", "jj|jujutsu|jj git fetch", "", "this is a jj repo", [".jj"]),
      way("hg pull -u", "hg|mercurial", "", "this is a mercurial repo", [".hg"]),
      way("gt sync", "graphite|gt|gt sync"),
      way("{m} pull", "{m}|{m} pull"),
      way("{m} {s}", "{m} {s}")
    ]
  },
  {
    kind: "undo",
    weight: 2,
    slots: (rng) => ({ x: path(rng, [".js", ".ts", ".py", ".md", ".go", ".json"]) }),
    tasks:
      "(undo|discard|drop|throw away) (my|the) changes (in|to) {x}|(reset|revert) {x}|bring {x} back to (the last commit|how it was)",
    heldOutTasks: "my edits of {x} must go",
    forbids: "use checkout|use git checkout|git checkout( files|)|checkout files",
    closing: "{x} is as it was.",
    files: ["{x}"],
    ways: [
      way("git checkout -- {x}", "git checkout|checkout"),
      way("git restore {x}", "git restore|restore", "restore it", "checkout is for branches"),
      way(
        "git restore --staged {x}",
        "git restore --staged|--staged",
        "only unstage it|unstage it",
        "I want to keep the changes, just not staged"
      ),
      way(
        "git restore --source HEAD~1 {x}",
        "HEAD~1|the commit before|--source HEAD~1",
        "take the version before the last commit"
      ),
      way(
        "git stash push {x}",
        "a stash|git stash|git stash push",
        "stash it( instead|)|put it (in|on) the stash",
        "I may need (it|them) later|I might want the changes back"
      ),
      way("git reset {x}", "git reset|a reset"),
      way("git reset --hard", "a hard reset|--hard|git reset --hard", "throw everything away|reset everything"),
      way("git checkout HEAD -- {x}", "HEAD|git checkout HEAD"),
      way(
        "git checkout main -- {x}",
        "main's version|the version (from|on) main|git checkout main",
        "take it from main"
      ),
      way(
        "git diff {x}",
        "a diff first|git diff",
        "show me the diff first|show me (first |)what changed",
        "I want to see the changes first"
      ),
      way("cp {x} {x}.bak && git restore {x}", "a backup first", "(make|keep) a backup first"),
      way("jj restore {x}", "jj|jujutsu|jj restore", "", "", [".jj"]),
      way("hg revert {x}", "hg|mercurial", "", "", [".hg"]),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "merge",
    weight: 2,
    slots: (rng) => ({ x: stem(rng) }),
    tasks: "merge (the branch |){x}|(bring|get) (the branch |){x} in|(merge|take over) what is on {x}",
    heldOutTasks: "the work of {x} should be here too",
    forbids: "use git merge|make merge commits|merge like that|fast-forward",
    closing: "{x} is merged.",
    ways: [
      way("git merge {x}", "git merge|a plain merge"),
      way(
        "git rebase {x}",
        "git rebase|a rebase|rebase",
        "rebase( on it|)( instead|)",
        "we want a straight history|no merge commits"
      ),
      way(
        "git merge --no-ff {x}",
        "--no-ff|no-ff|a merge commit|a real merge commit",
        "(make|keep) a merge commit",
        "the branch should stay visible"
      ),
      way(
        "git merge --squash {x}",
        "--squash|a squash|a squash merge|squash",
        "squash it",
        "I want it as one commit|one commit is enough"
      ),
      way("git merge --ff-only {x}", "--ff-only|a fast-forward|ff-only", "only fast-forward"),
      way(
        "git merge --no-commit {x}",
        "--no-commit",
        "(stop before|leave out) the commit",
        "I want to look before it is committed"
      ),
      way(
        "git cherry-pick {x}",
        "a cherry-pick|git cherry-pick|cherry-pick",
        "cherry-pick it|take only its last commit"
      ),
      way(
        "git merge origin/{x}",
        "origin/{x}|the remote one|the remote branch",
        "take the remote one",
        "my local copy of it is old"
      ),
      way("git pull origin {x}", "git pull|a pull|git pull origin"),
      way(
        "gh pr merge {x}",
        "gh|gh pr merge|the PR|the pull request",
        "merge the (PR|pull request)",
        "there is a (PR|pull request) for it"
      ),
      way("gh pr merge --squash {x}", "gh pr merge --squash"),
      way("glab mr merge {x}", "glab|the merge request"),
      way("git merge -X theirs {x}", "-X theirs|theirs", "take theirs", "their side wins"),
      way("git merge -X ours {x}", "-X ours|ours", "take ours", "our side wins"),
      way("{m} merge {x}", "{m}|{m} merge"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  }
]
