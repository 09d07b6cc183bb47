/** Grammars, as in `Phrases.ts`, of what does not name what to use, and of what is said beside it: bans, reasons, remarks, joints. */
import { rows } from "./Phrases.ts"

/** Only forbids; what is meant is the natural other way. */
export const AWAY = rows(
  "(don't|do not|never|please don't|pls don't|stop,|no, don't|I told you not to|you mustn't|you must not|you should not|you shouldn't|we don't|we never|nobody should|don't you ever|I don't want you to|I asked you not to|we agreed not to) {V}( please| here| in this (repo|project)| again| any more|!|)",
  "(no|not|never|no more|anything but|not again|stop using|don't use|do not use|please no|avoid|without|forget|lose|drop|skip|quit using|enough of) {A}( please| here| again| in this (repo|project)|!|)",
  "{A}(?| again?|?!| here?)( no| nope| no way| please no| nah|, really?| why?| never|)",
  "{A} is (not allowed|forbidden|banned|not what we use|not an option|a no-go|off limits|wrong|not wanted|not welcome|deprecated)( here| in this (repo|project)|)",
  "(why do you|why would you|must you|do you have to|did I ask you to|who told you to) {V}( here| again|)?",
  "(find|take|choose|use|pick|try|do it) (another|some other|a different|a better) (way|one|tool)(,| -|;|.) (not|no|without|don't use) {A}",
  "I (hate|don't like|can't stand|don't want|won't accept|am tired of|am allergic to) {A}( here|)"
)

export const HELD_OUT_AWAY = rows(
  "whatever you do, don't {V}",
  "{A} makes me nervous",
  "we parted ways with {A}",
  "please, any way that is not {A}"
)

/** Why. Changes nothing by itself. */
export const REASON = rows(
  "(ci|the build|the pipeline|my machine|the server|our setup|the container|the linter|the review bot) (breaks|fails|chokes|complains|goes red|is slow|hangs|crashes|gets confused) (with|on|because of|after) {A}",
  "(that|it|{A}) (takes forever|is slow|leaves junk behind|is a pain to review|spams the terminal|costs too much|asks for a password|messes up (the|our) (lockfile|history|diff|tree|cache|setup)|breaks things|is hard to undo|confuses people|isn't reproducible|ignores our settings|isn't installed everywhere|gets out of sync|is not safe)( here| every time|)",
  "(we|I) (got burned|had trouble|lost a day|lost work|had to roll back|had an outage|got complaints|wasted hours) (last time|last week|once|in spring|because of that|with {A}|recently)",
  "(security|the reviewers|ops|my boss|the client|our lead|legal|the maintainers|upstream) (wants it that way|insists|asked for it|will complain otherwise|will reject it|doesn't like {A}|said so)",
  "it's (policy|in the style guide|what we agreed on|how the team works|easier to review|faster|safer|cleaner|the way we work|a team decision|in the contract|more readable|what ci does)",
  "(otherwise|or else) (the build is red|ci fails|we get conflicts|the diff explodes|the lockfile changes|it won't be merged|the others complain|things break)",
  "I (can't review that|don't trust {A}|want it clean|need it reproducible|have to explain it later|like it tidy|don't want surprises|have my reasons)",
  "(the last time|last week) (it|that|{A}) (broke everything|deleted my work|took an hour|failed|went wrong)",
  "(that|this) (pollutes the diff|costs us time|isn't how we work|doesn't fit this repo|won't pass review|confuses the tooling)"
)

export const HELD_OUT_REASON = rows(
  "our auditors had questions about {A}",
  "the intern ran into the same thing",
  "half of us are on slow machines",
  "it saves us a lot of arguing"
)

/** Has nothing to do with the call. */
export const ASIDE = rows(
  "(lunch is|the meeting is|my train leaves|the call starts|the demo is) (in ten minutes|at noon|soon|later|at three)",
  "(we|they) (release|ship|deploy|present) (tomorrow|on friday|next week|soon|tonight)",
  "(nice|good|great|fine|solid) (so far|work|start|progress)",
  "(my|the) (coffee|tea) is (cold|ready|gone)",
  "(I'm|I am) (in a meeting|on the phone|on a train|in a hurry|new here|a bit tired|back in five minutes)",
  "(thanks|thank you|cheers)( for the help| so far| a lot|)",
  "(let me|I have to) (think|think about it|ask the team|check something|get a coffee)",
  "(what a day|hm|hmm|ok|okay|wait|one moment|hold on a second|interesting|I see|sorry, wrong window|never mind|no rush|take your time|go on|carry on)",
  "(who wrote this|is it friday yet|is this the right branch|did you see the game)?",
  "(the code|this project|this repo|this module) is (old|big|a mess|quite nice|new to me)",
  "(the customer|my boss|the client|a colleague) (called|is waiting|wrote a mail|just came in)",
  "(the wifi|the office|the build server) (is slow today|was down this morning|is closed on monday)"
)

/** A rule about another kind of task: nothing changes here. */
export const SCOPED = rows(
  "for {D}(:|,| we| please|) use {T}",
  "(when|if|whenever) it (is about|comes to) {D}(,|) (use |take |please use |){T}",
  "{D} (always |)(is done|goes|happens|works) with {T}( here|)",
  "as for {D}(,|:) (use |take |it's |){T}",
  "(remember|note|fyi|btw|later)(:|,) for {D} (we use|use|take|it's) {T}",
  "(later|next|tomorrow)(,|) when you come to {D}(,|) (use|take) {T}"
)

export const HELD_OUT_ASIDE = rows(
  "the printer is out of paper",
  "I'll be at the dentist at four",
  "somebody parked in my spot",
  "what a lovely morning"
)

/** `{R}` reason or remark, `{W}` wish. */
export const JOINED = rows(
  "{R}(,| so|, so|.|;| -|, therefore|...|:) {W}",
  "(because|since|as|given that) {R}(:|,) {W}",
  "(look,|hey,|sorry,|well,|you see,|the thing is,|honestly,|fyi,|btw,) {R}(,|.|;|, so) {W}",
  "{W}(,|.|;| -|, because| because|, since|...|, as) {R}"
)

/** Joins where the other half has nothing to do with it. */
export const BESIDE = rows(
  "{R}(.|,| -|;|. btw|. also,|, and|...|. anyway,) {W}",
  "{W}(.|,| -|;|. btw,|, and|, also| - oh and|. ps:) {R}"
)

/** Follow what the files say. */
export const LOCKFILE = rows(
  "(look at|check|respect|see|mind|follow|read) the (lockfile|lock file|listing|project files|files)( first| please|!|)",
  "(which|what) lockfile (do we have|is there|is in the repo)?",
  "(use|take|install with) (the project's|our|the repo's|this repo's) (own |)(package manager|manager|installer|tool)( please| instead|)",
  "(use|take) the (package manager|one|tool) (of|that belongs to|the lockfile is from|from) (the|our|this) (lockfile|project|repo)",
  "(wrong|not our|not the right) (package manager|manager)(,| -|;|:) (look at|check|see) the (lockfile|files|listing)",
  "the lockfile (tells|says|shows) (you |)(which one|what to use|it all)"
)

export const HELD_OUT_LOCKFILE = rows("doesn't the lockfile give it away?", "guess which lockfile lies in the root")

/** An unknown flag `{T}`. */
export const FLAG = rows(
  "{T}( please| too| as well|!|?|, please|)",
  "(with|add|use|pass|set|include|try|want|give it|plus|and|and with|needs|it needs|you need|put) {T}( please| too| as well| this time| here|)",
  "(you forgot|you missed|missing|where is|where's|don't forget|remember|we always use|always|always with|never without|not without|I want|please with|please add|please pass|can you add|could you add|should have|must have) {T}",
  "(same|again|the same|same command|same thing|once more|repeat that|do it again|run it again|redo it)(,|) (but |)with {T}( please|)",
  "{T} is (missing|needed|required|important|mandatory)( here|)",
  "(I'd|I would) (add|use|pass|set) {T}( here|)"
)

export const HELD_OUT_FLAG = rows(
  "a little {T} would not hurt",
  "in this shop nobody leaves {T} out",
  "append nothing but {T}"
)
