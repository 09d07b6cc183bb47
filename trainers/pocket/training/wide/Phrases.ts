/**
 * How people correct when they do not say "use {T}". `{T}` is what to use, `{A}` what was used, `{V}` what not to do.
 * Whatever stands in a `HELD_OUT_` list is asked in the evaluation and never trained on.
 */
export const TOWARDS = [
  "we're on {T}",
  "we are on {T} here",
  "this repo is on {T}",
  "this project is on {T}",
  "this repo uses {T}",
  "this is a {T} repo",
  "this is a {T} project",
  "it's a {T} shop",
  "{T} here",
  "{T} only",
  "only {T}",
  "{T}!",
  "just {T}",
  "we switched to {T}",
  "we moved to {T}",
  "we moved from {A} to {T}",
  "we migrated to {T} last month",
  "{A} is banned here, {T} is fine",
  "{A} is not allowed here, {T} is",
  "{A} isn't installed here, {T} is",
  "there is no {A} on these machines, {T} is there",
  "no {A} on this box; {T} is there",
  "{A} doesn't exist on our servers but {T} does",
  "{T} is installed, {A} isn't",
  "{T} is set up already",
  "you've got {T}",
  "you have {T}, use that",
  "you do have {T} you know",
  "there is {T} for that",
  "that's what {T} is for",
  "isn't that what {T} is for?",
  "why not {T}?",
  "why {A}? {T}",
  "why {A} when there is {T}?",
  "can you use {T}?",
  "can you do that with {T}",
  "could you use {T} for this",
  "how about {T}",
  "what about {T}?",
  "please go through {T}",
  "go through {T}",
  "go with {T}",
  "take {T}",
  "switch to {T}",
  "hey, {T}",
  "nope, {T}",
  "nah, {T}",
  "ugh, {T}",
  "hm no. {T}",
  "I said {T}",
  "I told you: {T}",
  "again: {T}",
  "{T}, remember?",
  "{T} > {A}",
  "{A} -> {T}",
  "s/{A}/{T}/",
  "swap {A} for {T}",
  "replace {A} with {T}",
  "drop {A}, take {T}",
  "not with {A}, with {T}",
  "for this repo it's {T}",
  "it's {T} for everything here",
  "everything here goes through {T}",
  "the team uses {T}",
  "nobody here uses {A}, it's {T}",
  "our ci uses {T}",
  "ci runs {T}",
  "the lockfile is from {T}",
  "our scripts assume {T}",
  "we standardised on {T}",
  "our convention is {T}",
  "stick to {T}",
  "the readme says {T}",
  "as in the readme: {T}",
  "always go for {T} in this repo",
  "use our {T} please",
  "do this via {T}",
  "via {T}",
  "{T} would be right",
  "the right one is {T}",
  "{T} does that better",
  "that is a job for {T}",
  "let's do {T}",
  "let's stay with {T}",
  "from now on {T}",
  "you keep using {A}. {T}",
  "why do you always {V}? {T}",
  "would you not {V}? {T} is here",
  "please don't {V}, we've got {T}",
  "we don't {V} here, we have {T}",
  "we don't {V} in this repo: {T}",
  "no need to {V}, there's {T}",
  "you shouldn't {V}, take {T}"
] as const

export const HELD_OUT_TOWARDS = [
  "our boxes have no {A} but they do have {T}",
  "everyone on the team is on {T}",
  "we gave up on {A}, it's {T} now",
  "could this go through {T}?",
  "{T}, like everything in this repo",
  "please don't {V} when there is {T}",
  "we went from {A} to {T} in spring",
  "hold on. {T}"
] as const

/** Says only what was wrong; which other way is meant is left to the model. */
export const AWAY = [
  "stop using {A}",
  "anything but {A}",
  "{A} again? no",
  "not {A} again",
  "no more {A}",
  "why do you {V}?",
  "please don't {V}",
  "I told you not to {V}",
  "don't ever {V}",
  "you must not {V}",
  "we do not {V} here",
  "stop trying to {V}"
] as const

/** Why. Says nothing that changes the call by itself. */
export const REASONS = [
  "the lockfile gets out of sync otherwise",
  "{A} breaks our ci",
  "ci fails with {A}",
  "{A} messes up the history",
  "{A} is too slow here",
  "{A} is not on the path",
  "the output of {A} is too long",
  "I can't review that",
  "that pollutes the diff",
  "it costs us too much time",
  "we had trouble with {A} before",
  "the last time it broke everything",
  "security doesn't like {A}",
  "the boss said so",
  "that's how the team works",
  "otherwise the build is red",
  "it's in our guide",
  "my laptop doesn't have {A}",
  "that is how we always did it",
  "{A} ignores our settings"
] as const

export const HELD_OUT_REASONS = [
  "{A} doesn't play well with our build",
  "we got burned by {A} once",
  "it keeps the diff small"
] as const

/** How a reason and a wish are joined: `{R}` reason, `{W}` wish. */
export const JOINED = [
  "{R}, {W}",
  "{R}. {W}",
  "{R}, so {W}",
  "{R}; {W}",
  "because {R}: {W}",
  "since {R}, {W}",
  "{W}, {R}",
  "{W}. {R}",
  "{W} because {R}",
  "{W} ({R})",
  "{W}, otherwise {R}"
] as const

/** What to run, word for word: `{C}` is the whole command. */
export const COMMANDS = [
  "run {C}",
  "run `{C}`",
  "`{C}`",
  "{C}",
  "it's {C}",
  "it's `{C}`",
  "the command is {C}",
  "the command is `{C}`",
  "do {C}",
  "just do {C}",
  "use {C}",
  "should be {C}",
  "that should read `{C}`",
  "here it's {C}",
  "we do it like this: {C}",
  "try `{C}` instead",
  "no: {C}",
  "I'd say {C}",
  "make that {C}",
  "{C} is how we do it"
] as const

export const HELD_OUT_COMMANDS = ["please type {C}", "on this project that's `{C}`", "{C}, as always"] as const

/** Notes before anything went wrong. */
export const BEFOREHAND = [
  "we're on {T}",
  "this repo is on {T}",
  "this is a {T} project",
  "{T} only",
  "we switched to {T}",
  "you've got {T}",
  "everything here goes through {T}",
  "the team uses {T}",
  "our convention is {T}",
  "the readme says {T}",
  "stick to {T}",
  "remember: {T}"
] as const

/** What has nothing to do with the call. */
export const ASIDE = [
  "lunch first",
  "one moment",
  "I'm in a meeting",
  "what a day",
  "the build was red this morning",
  "we release tomorrow",
  "nice",
  "fine",
  "hm",
  "wait",
  "my coffee is cold",
  "let me ask the team",
  "I'll be right back",
  "the customer called",
  "sorry, wrong window",
  "is this the right branch?",
  "who wrote this?",
  "I have to think about it",
  "this code is old",
  "the office is closed on monday"
] as const

export const HELD_OUT_ASIDE = ["my tea is cold", "we release on monday", "who called?"] as const
