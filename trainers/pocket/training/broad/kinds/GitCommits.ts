import { identifier, word } from "../../Names.ts"
import type { Rng } from "../../Rng.ts"
import { type Kind, way } from "../Kind.ts"

const message = (rng: Rng): string =>
  `${rng.pick(["fix", "add", "update", "remove", "rename", "clean up", "document", "test", "speed up", "bump"])} ${
    identifier(rng)
  }${rng.chance(0.3) ? ` ${rng.pick(["in", "for", "of"])} ${word(rng)}` : ""}`

const COMMITS = ["git add -A && git commit -m", "git commit -am", "git commit -m", "git commit -s"]

/** What people ask of commits. */
export const commitKinds: ReadonlyArray<Kind> = [
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
  }
]
