import { identifier, path, stem, word } from "../../Names.ts"
import type { Rng } from "../../Rng.ts"
import { type Kind, way } from "../Kind.ts"

const message = (rng: Rng): string =>
  `${rng.pick(["fix", "add", "update", "remove", "rename", "clean up", "document", "test", "speed up", "bump"])} ${
    identifier(rng)
  }${rng.chance(0.3) ? ` ${rng.pick(["in", "for", "of"])} ${word(rng)}` : ""}`

const COMMITS = ["git add -A && git commit -m", "git commit -am", "git commit -m", "git commit -s"]
const BRANCHES = ["git checkout -b", "git switch -c", "git branch"]

/** What people ask of version control. */
export const gitKinds: ReadonlyArray<Kind> = [
  {
    kind: "commit",
    weight: 5,
    known: true,
    slots: (rng) => ({ x: message(rng) }),
    tasks:
      "commit (this|it|everything|the change|the changes|that|my work|) as {x}|commit( everything| this| it|) with the message {x}|make a commit {x}|commit: {x}|(save|record) (this|it) as a commit {x}",
    heldOutTasks: "turn this into a commit, message {x}|put a commit on top: {x}",
    forbids:
      "use git add -A|add everything|add all files|use git add|git add -A|stage everything|use -A|stage files that I didn't touch|add untracked files",
    closing: "It is committed.",
    ways: [
      way("git add -A && git commit -m \"{x}\"", "git add -A|git add|-A"),
      way(
        "git commit -am \"{x}\"",
        "git commit -am|-am|commit -am|git commit -a|-a",
        "commit only tracked files|leave the untracked files alone|take only tracked files",
        "the untracked files are (junk|mine)|there are untracked files that must stay out"
      ),
      way(
        "git commit -m \"{x}\"",
        "git commit -m|a plain (git |)commit|only what('s| is) staged|what('s| is) staged|what I staged|the staged files|plain commit -m|the index as it is",
        "commit (only |just |)what('s| is) staged|leave the index as it is|not stage anything",
        "I (have |)staged it( already|)|everything is staged already|the right files are staged"
      ),
      way(
        "git commit -s -am \"{x}\"",
        "git commit -s|-s|a sign-off|a signoff|--signoff|a signed-off commit|a signed commit|the DCO line|a Signed-off-by line",
        "sign (it |)off|add a Signed-off-by|sign off (the|your) (commit|commits)",
        "we need a sign-off|the DCO (bot|check) (complains|needs it)|every commit needs a Signed-off-by"
      ),
      way("git commit -p -m \"{x}\"", "git commit -p|-p|patch mode|hunks", "pick the hunks|go hunk by hunk"),
      way(
        "git commit --amend --no-edit",
        "an amend|--amend|git commit --amend|amend --no-edit|amending",
        "amend (it|the last commit|the last one|the previous commit)|put it (in|into|on) the last commit|fold it into the last commit|squash it into the last commit",
        "that belongs (to|in|into) the last commit|the last commit isn't pushed yet|I don't want another commit"
      ),
      way(
        "git commit --amend -m \"{x}\"",
        "--amend with (the|that|this) message|amend -m",
        "reword the last commit|change the message of the last commit",
        "only the message of the last commit is wrong"
      ),
      way(
        "git commit --fixup HEAD",
        "a fixup|--fixup|--fixup HEAD|a fixup commit",
        "make it a fixup|mark it as a fixup",
        "we autosquash later|it's a fixup of the last commit"
      ),
      way(
        "git add {p} && git commit -m \"{x}\"",
        "only {p}|just {p}|{p} only|git add {p}|that one file {p}|the file {p}",
        "(commit|add|stage) (only|just|nothing but) {p}|leave out all but {p}",
        "only {p} belongs (in|to) it|the rest isn't ready, only {p}"
      ),
      way(
        "git add {d}/ && git commit -m \"{x}\"",
        "only {d}/|just {d}/|{d}/ only|the {d} folder",
        "(commit|add|stage) (only|just) (the folder |){d}/"
      ),
      way("git add -u && git commit -m \"{x}\"", "git add -u|-u|add -u"),
      way("git add -p && git commit -m \"{x}\"", "git add -p|add -p", "stage it in pieces|review each hunk"),
      way("jj commit -m \"{x}\"", "jj|jujutsu|jj commit", "", "this is a jj repo|we use jujutsu", [".jj"]),
      way("hg commit -m \"{x}\"", "hg|mercurial|hg commit", "", "this is a mercurial repo", [".hg"]),
      way("svn commit -m \"{x}\"", "svn|subversion", "", "this is (an svn|a subversion) (repo|checkout)"),
      way("sl commit -m \"{x}\"", "sl|sapling"),
      way("npx cz", "commitizen|cz|npx cz", "go through commitizen"),
      way("gt create -am \"{x}\"", "graphite|gt|gt create"),
      way("git stash push -m \"{x}\"", "a stash|git stash", "stash it( instead|)", "I don't want a commit yet"),
      way("{m} commit -m \"{x}\"", "{m}|{m} commit"),
      way("{m} {s} -m \"{x}\"", "{m} {s}")
    ],
    changes: [
      {
        names: "-S|git commit -S|a gpg signature|gpg signing|gpg",
        does: "sign it with gpg|gpg sign it",
        facts: "commits must be gpg signed|unsigned commits get rejected",
        flag: "-S",
        of: COMMITS
      },
      {
        names: "--no-verify|no verify|-n",
        does: "skip the (hooks|hook|pre-commit hook)|bypass the hooks",
        facts: "the (pre-commit |)hook is broken|the hooks take forever",
        flag: "--no-verify",
        of: COMMITS
      },
      {
        names: "--allow-empty|an empty commit",
        does: "allow an empty commit|make an empty commit",
        facts: "there is nothing to commit, make it anyway",
        flag: "--allow-empty",
        of: COMMITS
      },
      { names: "-v|git commit -v", does: "show the diff", flag: "-v", of: COMMITS },
      {
        names: "feat:|a feat: prefix|feat|the feat type|type feat|feat in front",
        does: "(mark|label) it (as |)a feature|start (it |the message |)with feat:|prefix it with feat",
        facts: "it's a (new |)feature",
        replaces: ["\"{x}\"", "\"feat: {x}\""],
        of: COMMITS
      },
      {
        names: "fix:|a fix: prefix|fix|the fix type|type fix|fix: in front",
        does: "(mark|label) it (as |)a fix|start (it |the message |)with fix:|prefix it with fix",
        facts: "it's a bug( |-|)fix",
        replaces: ["\"{x}\"", "\"fix: {x}\""],
        of: COMMITS
      },
      {
        names: "chore:|a chore: prefix|chore|the chore type|type chore",
        does: "(mark|label) it (as |)a chore|start (it |the message |)with chore:|prefix it with chore",
        facts: "it's (just |only |)a chore",
        replaces: ["\"{x}\"", "\"chore: {x}\""],
        of: COMMITS
      },
      {
        names: "docs:|a docs: prefix|docs|the docs type|type docs",
        does: "(mark|label) it as docs|start (it |the message |)with docs:|prefix it with docs",
        facts: "it's (just |only |)documentation",
        replaces: ["\"{x}\"", "\"docs: {x}\""],
        of: COMMITS
      },
      {
        names: "refactor:|a refactor: prefix|refactor|the refactor type|type refactor",
        does: "(mark|label) it (as |)a refactor|start (it |the message |)with refactor:",
        facts: "it's (just |only |)a refactor(ing|)",
        replaces: ["\"{x}\"", "\"refactor: {x}\""],
        of: COMMITS
      },
      {
        names: "test:|a test: prefix|the test type|type test",
        does: "start (it |the message |)with test:|prefix it with test",
        replaces: ["\"{x}\"", "\"test: {x}\""],
        of: COMMITS
      },
      {
        names: "perf:|a perf: prefix|perf|type perf",
        does: "start (it |the message |)with perf:",
        facts: "it's about performance",
        replaces: ["\"{x}\"", "\"perf: {x}\""],
        of: COMMITS
      },
      {
        names: "ci:|a ci: prefix|type ci",
        does: "start (it |the message |)with ci:",
        replaces: ["\"{x}\"", "\"ci: {x}\""],
        of: COMMITS
      },
      {
        names: "build:|a build: prefix|type build",
        does: "start (it |the message |)with build:",
        replaces: ["\"{x}\"", "\"build: {x}\""],
        of: COMMITS
      },
      {
        names: "style:|a style: prefix|type style",
        does: "start (it |the message |)with style:",
        facts: "it's only formatting",
        replaces: ["\"{x}\"", "\"style: {x}\""],
        of: COMMITS
      },
      {
        names: "revert:|a revert: prefix|type revert",
        does: "start (it |the message |)with revert:",
        replaces: ["\"{x}\"", "\"revert: {x}\""],
        of: COMMITS
      },
      {
        names: "wip:|a wip: prefix|wip|wip in front",
        does: "mark it as wip|start (it |the message |)with wip:",
        facts: "it's work in progress",
        replaces: ["\"{x}\"", "\"wip: {x}\""],
        of: COMMITS
      },
      {
        names: "fix\\({w}\\):|fix\\({w}\\)",
        does: "start with fix\\({w}\\):",
        replaces: ["\"{x}\"", "\"fix({w}): {x}\""],
        of: COMMITS
      },
      {
        names: "feat\\({w}\\):|feat\\({w}\\)|the scope {w}|{w} as (the |)scope",
        does: "set the scope to {w}|put {w} as the scope",
        replaces: ["\"{x}\"", "\"feat({w}): {x}\""],
        of: COMMITS
      },
      {
        names: "{w}:|a {w}: prefix|the prefix {w}:|{w}: in front|the type {w}|the prefix {w}",
        does: "start (it |the message |)with {w}:|prefix (it|the message) with {w}:|put {w}: in front( of it|)",
        facts: "messages (start|begin) with {w}: here|every message starts with {w}:",
        replaces: ["\"{x}\"", "\"{w}: {x}\""],
        of: COMMITS
      },
      {
        names: "{t}|{t}:|the ticket {t}|the ticket number {t}|{t} in front|the {t} prefix|ticket {t}",
        does:
          "(mention|reference|name) (the ticket |){t}|put (the ticket |){t} in front|prefix it with {t}|start (it |the message |)with {t}",
        facts:
          "the ticket is {t}|it belongs to {t}|this is for {t}|the ticket number is missing, it's {t}|jira needs {t}",
        replaces: ["\"{x}\"", "\"{t}: {x}\""],
        of: COMMITS
      },
      {
        names: "[{t}]|{t} in (square |)brackets",
        does: "put [{t}] in front|start with [{t}]|prefix it with [{t}]",
        facts: "messages start with [{t}]",
        replaces: ["\"{x}\"", "\"[{t}] {x}\""],
        of: COMMITS
      },
      {
        names: "\\({t}\\)|\\({t}\\) at the end|{t} at the end|{t} in parentheses at the end",
        does: "put \\({t}\\) (at the end|behind it)|end with \\({t}\\)",
        replaces: ["\"{x}\"", "\"{x} ({t})\""],
        of: COMMITS
      },
      {
        names: "#{n}|the issue number #{n}|issue #{n}",
        does: "(mention|reference) #{n}|put #{n} at the end",
        facts: "it's issue #{n}|the issue is #{n}",
        replaces: ["\"{x}\"", "\"{x} #{n}\""],
        of: COMMITS
      },
      {
        names: "closes #{n}|a closes #{n} line|closes #{n} in the body",
        does: "close #{n} with it|let it close #{n}",
        facts: "it closes #{n}",
        replaces: ["\"{x}\"", "\"{x}\" -m \"closes #{n}\""],
        of: COMMITS
      },
      {
        names: "a second -m {phrase}|the body {phrase}|a body: {phrase}|{phrase} as (the |)body",
        does: "(add|write) a body: {phrase}|say {phrase} in the body|explain it in the body: {phrase}",
        facts: "the body should be {phrase}|a body is missing: {phrase}",
        replaces: ["\"{x}\"", "\"{x}\" -m \"{phrase}\""],
        of: COMMITS
      },
      {
        names:
          "the message {phrase}|\"{phrase}\" as (the |)message|message {phrase}|this message: {phrase}|{phrase} as the message",
        does: "(call|name) it \"{phrase}\"|change the message to {phrase}|write {phrase}( as the message|)",
        facts: "the message (should be|is) {phrase}|the message must read {phrase}|wrong message, it's {phrase}",
        replaces: ["\"{x}\"", "\"{phrase}\""],
        of: COMMITS
      },
      { names: "--author {w}|author {w}", flag: "--author {w}", of: COMMITS },
      { names: "--no-gpg-sign", does: "skip the signature", flag: "--no-gpg-sign", of: COMMITS },
      { names: "-q|--quiet", does: "be quiet", flag: "-q", of: COMMITS },
      {
        names: "a full stop|a period at the end",
        does: "end (it|the message) with a full stop",
        replaces: ["\"{x}\"", "\"{x}.\""],
        of: COMMITS
      }
    ]
  },
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
  },
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
  },
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
