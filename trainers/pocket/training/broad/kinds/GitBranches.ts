import { stem } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

const BRANCHES = ["git checkout -b", "git switch -c", "git branch"]

/** What people ask of branches, and of sending them. */
export const branchKinds: ReadonlyArray<Kind> = [
  {
    kind: "branch",
    weight: 4,
    known: true,
    slots: (rng) => ({ x: stem(rng) }),
    tasks:
      "(make|create|start|open|add) (a|the|a new) branch( called| named|) {x}|(new branch|branch)( called|) {x}|(put|move) me on a new branch {x}|(branch off|start) a branch {x}",
    heldOutTasks: "I need a branch of the name {x}|let us work on a branch, {x}",
    forbids: "use checkout|use git checkout|git checkout -b|use checkout -b|checkout",
    closing: "You are on {x}.",
    ways: [
      way("git checkout -b {x}", "git checkout|checkout|checkout -b|git checkout -b"),
      way(
        "git switch -c {x}",
        "git switch|switch|switch -c|git switch -c|the switch command",
        "switch to it",
        "checkout is the old way|checkout does too many things"
      ),
      way(
        "git worktree add ../{x} -b {x}",
        "git worktree|a worktree|worktree|worktrees",
        "make (it |)a worktree|put it in a worktree",
        "I need both branches at once|my current branch must stay checked out"
      ),
      way(
        "git branch {x}",
        "git branch|a plain branch|branch only",
        "only create it|stay (on this branch|where we are|on the current branch)|not switch( to it|)",
        "I want to stay (here|on this branch)"
      ),
      way(
        "git checkout --orphan {x}",
        "--orphan|an orphan( branch|)",
        "make it an orphan|start without history",
        "it needs no history"
      ),
      way("git pull && git checkout -b {x}", "a pull first|git pull first", "pull first|get the latest first"),
      way("git stash && git checkout -b {x}", "a stash first|git stash first", "stash (my changes |)first"),
      way(
        "git checkout {x}",
        "the existing branch|git checkout without -b|the branch that exists",
        "check out the existing one",
        "that branch exists already|it exists already"
      ),
      way("jj bookmark create {x}", "jj|jujutsu|jj bookmark|a bookmark", "", "this is a jj repo", [".jj"]),
      way("hg branch {x}", "hg|mercurial|hg branch", "", "this is a mercurial repo", [".hg"]),
      way("gt create {x}", "graphite|gt|gt create"),
      way("git flow feature start {x}", "git flow|git-flow|gitflow", "", "we do git flow"),
      way("gh issue develop {n} --checkout", "gh issue develop {n}"),
      way("{m} branch {x}", "{m}|{m} branch"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "feature/|a feature/ prefix|feature/ in front|the feature/ prefix|feature/{x}",
        does:
          "prefix it with feature/|put feature/ in front|(make|call) it a feature branch|start (it |the name |)with feature/",
        facts: "(our |feature |)branches (start|begin) with feature/|it's a feature branch",
        replaces: ["{x}", "feature/{x}"],
        of: BRANCHES
      },
      {
        names: "feat/|a feat/ prefix|feat/ in front|feat/{x}",
        does: "prefix it with feat/|put feat/ in front|start (it |the name |)with feat/",
        facts: "branches (start|begin) with feat/",
        replaces: ["{x}", "feat/{x}"],
        of: BRANCHES
      },
      {
        names: "fix/|a fix/ prefix|fix/ in front|fix/{x}",
        does: "prefix it with fix/|put fix/ in front|start (it |the name |)with fix/",
        facts: "it's a fix|branches for fixes start with fix/",
        replaces: ["{x}", "fix/{x}"],
        of: BRANCHES
      },
      {
        names: "bugfix/|a bugfix/ prefix|bugfix/{x}",
        does: "prefix it with bugfix/|start with bugfix/",
        facts: "it's a bugfix branch",
        replaces: ["{x}", "bugfix/{x}"],
        of: BRANCHES
      },
      {
        names: "hotfix/|a hotfix/ prefix|hotfix/{x}",
        does: "prefix it with hotfix/",
        facts: "it's a hotfix( branch|)",
        replaces: ["{x}", "hotfix/{x}"],
        of: BRANCHES
      },
      {
        names: "chore/|a chore/ prefix|chore/{x}",
        does: "prefix it with chore/",
        facts: "it's a chore",
        replaces: ["{x}", "chore/{x}"],
        of: BRANCHES
      },
      {
        names: "release/|a release/ prefix|release/{x}",
        does: "prefix it with release/",
        facts: "it's a release branch",
        replaces: ["{x}", "release/{x}"],
        of: BRANCHES
      },
      {
        names: "{w}/|a {w}/ prefix|{w}/ in front|the prefix {w}/|the {w}/ prefix|{w}/{x}|my prefix {w}/",
        does: "prefix (it|the branch|the name) with {w}/|put {w}/ in front( of it|)|start (it |the name |)with {w}/",
        facts: "(our |all |my |)branches (start|begin) with {w}/|every branch has the prefix {w}/|the prefix is {w}/",
        replaces: ["{x}", "{w}/{x}"],
        of: BRANCHES
      },
      {
        names: "{t}|the ticket {t}|{t} in front|the ticket number {t}|{t}-{x}|a {t}- prefix",
        does: "(put|have) (the ticket |){t} in front|prefix it with {t}|start (it |the name |)with {t}",
        facts: "the ticket is {t}|it belongs to {t}|the name needs the ticket, {t}",
        replaces: ["{x}", "{t}-{x}"],
        of: BRANCHES
      },
      {
        names: "the name {b}|{b} as (its |the |)name|the branch {b}",
        does: "(call|name) it {b}|rename it to {b}",
        facts: "the name (should be|is) {b}|wrong name, it's {b}|it should be called {b}",
        replaces: ["{x}", "{b}"],
        of: BRANCHES
      },
      {
        names: "main as (the |its |)base|main as (the |)starting point",
        does: "(start|branch|base it) (from|off|on) main|branch off main|start at main",
        facts: "it must start from main",
        replaces: ["{x}", "{x} main"],
        of: BRANCHES
      },
      {
        names: "develop as (the |its |)base",
        does: "(start|branch|base it) (from|off|on) develop|branch off develop",
        facts: "we branch off develop",
        replaces: ["{x}", "{x} develop"],
        of: BRANCHES
      },
      {
        names: "origin/main as (the |its |)base|origin/main",
        does: "(start|branch) (from|off) origin/main",
        facts: "the local main is old",
        replaces: ["{x}", "{x} origin/main"],
        of: BRANCHES
      },
      {
        names: "{b} as (the |its |)base|{b} as (the |)starting point",
        does: "(start|branch|base it) (from|off) {b}",
        facts: "it must start from {b}",
        replaces: ["{x}", "{x} {b}"],
        of: BRANCHES
      }
    ]
  },
  {
    kind: "push",
    weight: 3,
    known: true,
    slots: () => ({}),
    tasks:
      "push( it| this| that| my work| the branch| my branch| the commits|)|(send|upload) (it|my work|the commits) (to the server|to the remote|upstream)|get it (onto|to) the remote|bring it to the remote",
    heldOutTasks: "let the others have my commits",
    forbids:
      "use git push|push to main|push directly|push straight to main|push like that|do a bare push|push without a branch|git push",
    closing: "It is pushed.",
    ways: [
      way("git push", "git push|a plain push"),
      way(
        "git push origin HEAD",
        "git push origin HEAD|origin HEAD|HEAD|the current branch|push origin HEAD",
        "push HEAD|push (only |)the current branch|name the remote",
        "the upstream isn't set|the branch names differ"
      ),
      way(
        "git push -u origin HEAD",
        "-u|git push -u origin HEAD|-u origin HEAD|--set-upstream|an upstream|upstream tracking",
        "set (the |an |)upstream|track it",
        "the branch has no upstream( yet|)|it's a new branch"
      ),
      way(
        "gh pr create --fill",
        "gh|a pull request|gh pr create|a PR|the github cli|pull requests|gh pr create --fill",
        "(open|make|create|send) a (pull request|PR|pr)",
        "main is protected|we work with pull requests|nobody pushes to main"
      ),
      way(
        "gh pr create --draft --fill",
        "a draft( PR| pull request| pr|)|--draft",
        "(open|make|create) a draft( PR| pull request| pr|)|make it a draft",
        "it isn't ready for review"
      ),
      way("gh pr create --web", "gh pr create --web|--web|the browser", "open (it|the PR) in the browser"),
      way(
        "glab mr create --fill",
        "glab|a merge request|an MR|the gitlab cli",
        "(open|make|create) a merge request|open an MR",
        "it's on gitlab|we're on gitlab|we work with merge requests"
      ),
      way(
        "git push --force-with-lease",
        "--force-with-lease|a force with lease|force-with-lease|a safe force|a safe force push",
        "force it safely",
        "I rebased|the history was rewritten|I amended the commit"
      ),
      way(
        "git push --force",
        "--force|a force push|force|-f",
        "force it|force push( it|)",
        "it has to be overwritten on the server"
      ),
      way(
        "git pull --rebase && git push",
        "a pull first|git pull --rebase first|a rebase first|pull --rebase first",
        "(pull|rebase|update) first|pull before (the push|you push)",
        "the remote is ahead|somebody pushed in between"
      ),
      way(
        "git push --tags",
        "--tags|tags|the tags|the tags too",
        "push the tags( too|)|include the tags",
        "the tag must go up too"
      ),
      way("git push --follow-tags", "--follow-tags|follow-tags"),
      way(
        "git push --no-verify",
        "--no-verify|no verify",
        "skip the (hooks|hook|pre-push hook)",
        "the pre-push hook (is broken|takes forever)"
      ),
      way(
        "git push --dry-run",
        "a dry run|--dry-run|-n",
        "(do|make|try) a dry run|only (simulate|pretend)",
        "I only want to see what would happen"
      ),
      way("git push --all", "--all|all branches", "push all branches|push every branch"),
      way("git push origin main", "origin main|git push origin main|main", "push (it |)to main"),
      way(
        "git push origin {b}",
        "the branch {b}|branch {b}|origin {b}|git push origin {b}",
        "push (it |)to {b}|push the branch {b}",
        "the branch is {b}|it belongs on {b}|the branch is called {b}"
      ),
      way(
        "git push {w}",
        "the remote {w}|{w} as (the |)remote|git push {w}",
        "push to the remote {w}",
        "the remote is (called |){w}|our remote is {w}"
      ),
      way("git push {w} {b}", "git push {w} {b}|{b} on {w}", "push {b} to (the remote |){w}"),
      way("git push upstream HEAD", "upstream HEAD|the upstream remote", "push to upstream", "origin is my fork"),
      way("git push fork HEAD", "my fork|fork HEAD|the fork", "push to my fork", "I can't push to origin"),
      way("git push origin HEAD:{b}", "HEAD:{b}|origin HEAD:{b}", "push HEAD to {b}"),
      way("git push origin HEAD:refs/for/main", "gerrit|refs/for/main", "send it to gerrit", "we review in gerrit"),
      way(
        "git switch -c work",
        "a branch first|a new branch|a branch of its own|a branch",
        "make a branch first|branch (off |)first|put it on a branch first",
        "that's main, it needs a branch"
      ),
      way("jj git push", "jj|jujutsu|jj git push", "", "this is a jj repo", [".jj"]),
      way("hg push", "hg|mercurial|hg push", "", "this is a mercurial repo", [".hg"]),
      way("gt submit", "graphite|gt|gt submit"),
      way("make deploy", "make deploy|make|the deploy target", "", "", ["Makefile"]),
      way("{m} push", "{m}|{m} push"),
      way("{m} {s}", "{m} {s}")
    ]
  }
]
