/**
 * Grammars (`Grammar.ts`) of what people say when they correct. `{T}` is what to use, `{A}` what was used, `{V}` what not to do, `{I}` a
 * deed, `{H}` a fact, `{C}` a whole command, `{D}` what the task is about ("running tests"). Whatever stands in a `HELD_OUT_` grammar is
 * asked in the evaluation and never trained on.
 */

/** One grammar of many lines. */
export const rows = (...all: ReadonlyArray<string>): string => all.join("|")

/** Names what to use, be it a tool, a flag, a place or a form. */
export const NAMED = rows(
  "{T}",
  "{T}",
  "{T}( please| pls| instead| here| this time| as always| it is|, thanks|, please|, ok?)",
  "(use|take|try|go for|pick|choose|want|prefer) {T}( instead| here| for (this|that|it)| please| pls| for once| next time| this time|)",
  "(with|by|via|using) {T}( please| instead| this time|, please|)",
  "(please|pls|kindly|just|rather|better|simply|only) (use|take|with|do|choose) {T}",
  "(I|we) (want|need|prefer|expect|meant|asked for|would like|would prefer|was hoping for|like) {T}( here|)",
  "(I'd|I would|we'd) (prefer|like|love|rather have|rather see|go for|expect|take|want) {T}( here|)",
  "(that|this|it) (should|has to|must|needs to|ought to) (be|have|use) {T}",
  "(make|let) (it|that|this)( be|) {T}",
  "(can|could|would|will) (you|we) (use|do|take|try|please use|make it) {T}( here| instead| please|)?",
  "(why not|what about|how about) {T}?",
  "(shouldn't|wasn't) (this|that|it) (be|supposed to be) {T}?",
  "(do|run|make|redo|repeat|try|execute) (it|this|that)( again|) (with|via|using) {T}",
  "(same thing|same|the same|again|once more|do it again)(,|) (but |)with {T}",
  "(let's|lets) (use|do|take|try|have|go with) {T}( here| instead|)",
  "(you|You) (forgot|missed|left out) {T}",
  "(where is|what happened to|no|missing) {T}?",
  "{T} is (missing|what I want|what we want|what I need|right|better|the right thing|needed here|required)( here|)",
  "(it|this|that) needs {T}",
  "(don't|do not) forget {T}",
  "(we|in this project we|in this repo we|here we|usually we) (always |usually |)(use|do|take|want|have|need) {T}( here|)",
  "(the rule is|our rule is|our convention is|the convention is|convention here:|rule:|policy:|our policy is) {T}",
  "(always|every time|from now on|in future|in the future|for the future|next time|whenever you do that)(,|) (use |do |take |){T}",
  "(please to use|you must use here|is better|it is needed|I would like that you use|here we take always|we are using always|should to be|need to use|must be with|better you use) {T}",
  "(nah|nope|no|nono|stop|wait|hm|hmm|uh|ugh|argh|come on|c'mon|dude|hey|oi|mate|sorry|ehm|actually)(,| -|.|) (use |with |take |){T}",
  "(gotta be|gonna need|wanna see|has to be|needs to be|I'd go with|go with|stick to|stick with|back to) {T}",
  "(I said|I told you|like I said|as I said|again|once again|reminder|note|fyi|hint|tip)(:|,) {T}",
  "(wrong|not right|incorrect|close|almost|nearly|not quite|not like that|not like this|not that way)(,|.|;|:| -) (use |it's |){T}",
  "{T}(!|?|!!| !|...)",
  "for {D}( we|) (use|take|want) {T}",
  "(when|if) (you are |you're |)({D}|it's about {D})(,|) (use |take |){T}",
  "{D} (is done|happens|works|goes) with {T}( here| in this (repo|project)|)"
)

export const HELD_OUT_NAMED = rows(
  "would it be too much to ask for {T}",
  "in my book this calls for {T}",
  "my strong preference: {T}",
  "you know the drill, {T}",
  "{T} or nothing",
  "next attempt with {T}, if you don't mind",
  "everybody but you seems to know that it is {T}"
)

/** Names a tool; says more about habits of teams and machines than {@link NAMED} can of a flag. */
export const TOOL = rows(
  "(we|all of us|our scripts|the others|people here|the devs|my colleagues) (use|work with|are on|rely on|settled on|standardised on|standardized on|run on|build with|go with|live on|agreed on|moved to|switched to|migrated to) {T}( here| in this repo| in this project| for this| these days| now| since last year| since spring| everywhere|)",
  "(this repo|this project|the team|our team|our ci|ci|the build|the pipeline|this codebase|the company|this package|this service|my client|the monorepo) (uses|is on|runs on|relies on|wants|expects|needs|works with|goes through|assumes|is built with|is set up for|is for) {T}( now|)",
  "(this is|it's|that's|it is) (a|an) {T} (repo|project|shop|codebase|thing|package|app|house|job)",
  "(run|do|handle|solve|call) (it|this|that) (through|via|with|by means of|over) {T}",
  "(go|please go|it goes|this goes|that goes) through {T}",
  "(reach for|turn to|change to|switch to|swap to|move to|call|run|start|fire up|grab) {T}( instead| for (this|that)| please|)",
  "(there's|there is|we have|we've got|you have|you've got|you do have|I installed|I have installed|I set up) {T}( for that| for this| for exactly that|, use it|, so use it|, please use it|, why not use it?|, you know| on this machine|)",
  "{T} is (installed|available|there|set up|set up already|configured|what we have|what we use|our tool|the tool here|our choice|the standard here|mandatory|faster|safer)( here| on this machine|)",
  "(isn't|wouldn't) (that|this|it) (be |)(a job for|what {T} is for:|better with|easier with|nicer with) {T}?",
  "(have you tried|did you try|do you know|ever heard of|any reason not to use|would you mind using|mind using|what's wrong with|why don't you use|why didn't you use|why aren't we using|can't you use|aren't we using|are you aware of) {T}?",
  "(that|this) is (a job|work|a case|a task|something) for {T}",
  "{T} (does|can do|handles|knows|covers|takes care of) (that|this|it)( better| already| here| for us|)",
  "(the|our) (readme|README|contributing guide|docs|guide|wiki|handbook|AGENTS.md|onboarding page|style guide|instructions|makefile|tutorial) (says|say|tells you to use|mentions|asks for|want|demands|recommends)(:|) {T}",
  "(it's|it is|that's|that is|should be|must be|this is) {T}( here| in this repo| in this project| territory| only|, remember?|, as you know|, as you can see|)",
  "{T} (only|exclusively|all the way|everywhere|first|always|ftw|here|rules|any day)",
  "(only|just|nothing but|always|exclusively|strictly|plain|good old) {T}( here| please|)",
  "(I|we) (only |just |)(have|trust|know|support|allow|accept|tolerate) {T}( here| on these machines|)",
  "(take|use) (the one|what) we (have|use)(:|,) {T}",
  "my (team|boss|lead|colleague|reviewer) (wants|insists on|prefers|asked for|likes) {T}",
  "(look at|see) the (repo|project|files|folder|listing)(,|:) (it's|we use|we have) {T}"
)

export const HELD_OUT_TOOL = rows(
  "our whole setup revolves around {T}",
  "nothing here works without {T}",
  "someone configured {T} for a reason",
  "I bet {T} gets this right",
  "the newcomers' page mentions {T} for that",
  "would {T} not be the obvious choice?",
  "after the migration everything runs on {T}"
)

/** Puts what to use against what was used. */
export const AGAINST = rows(
  "{T}(,| and|) (not|never|no) {A}( please|)",
  "(use |do |take |){T} (instead of|rather than|in place of|over|and not|, not) {A}( please| here|)",
  "(not|no|never|without) {A}(,|;|.| -| but|:) (just |only |use |but |rather |take |please |){T}( please| instead|)",
  "{A}?( no| nope| nah| why| really| seriously| hm| ugh| again|)(?|.|,|!|;) (use |it's |take |){T}",
  "{A} is (gone|dead|banned|forbidden|deprecated|history|not installed|not available|not supported|out|not allowed|blocked|broken|not for this|wrong|not what we use|a no-go)( here| in this repo| on this machine| now|)(,|;|.| -) ({T} works|use {T}|{T}|take {T}|{T} is fine|{T} is there|we have {T}|try {T}|it's {T})",
  "(we|I) (don't|do not|never) (have|use|want|like|do|allow) {A}( here| any more| anymore|)(,|;|.|, we use|, it's|, only|, but) {T}",
  "(swap|exchange|replace|trade|change|switch) {A} (for|with|to) {T}( please|)",
  "{A} (->|=>|→|-->) {T}",
  "s/{A}/{T}/",
  "{T} > {A}",
  "(from|away from) {A} to {T}",
  "(you used|you ran|you took|you wrote|that's|that was|this is|you keep using) {A}(,|;|.| but| -) (use|we use|take|I want|it should be|it must be|we want|I said) {T}",
  "(why|why do you use|why would you use|who uses|what's with|since when do we use) {A}?( we have| use| it's| take| please use|) {T}",
  "(we|the team|everybody) (moved|migrated|switched|went) from {A} to {T}( last (year|month|week)| in spring| ages ago|)",
  "(please |)(don't|do not|never|stop,) {V}(,|;|.| -|:| but) (use|take|we use|we have|it's|there is|try|just use|please use|only) {T}( instead|)",
  "(don't|do not|never) {V}(,|;|.| -|:) {T}( please| instead|!|)",
  "(we|I|you) (don't|do not|never|shouldn't|mustn't) {V}( here| in this (repo|project)|)(,|;|.|:| because we use| since we have|, it's always|, there's) {T}",
  "(why|why do you|why would you|must you|do you have to) {V}?( when there is| when we have| there's| we have| use|) {T}",
  "always {T}, never {A}",
  "{T} yes, {A} no",
  "{A} no, {T} yes",
  "(no need to|there's no need to|you needn't|you don't have to) {V}(,|;|.) (use|we have|there's|take|just use) {T}"
)

export const HELD_OUT_AGAINST = rows(
  "if I see {A} once more I'll scream; {T}",
  "{A} had its time, {T} has come",
  "reviewers reject {A}, they take {T}",
  "whoever told you to {V} was wrong, {T} is the way",
  "leave {A} to others, with us it's {T}"
)

/** Asks for a deed. */
export const DEED = rows(
  "{I}( please| pls| instead| here| this time| next time|, please|, thanks|, ok?|!|)",
  "(please|pls|just|rather|better|kindly|simply|no,|nope,|nah,|hey,|stop,|wait,|hm,|sorry,|actually,|no.|first,) {I}( instead| please|)",
  "(can|could|would|will) you (please |rather |just |){I}( here| instead|)?",
  "(you|we|one) (should|must|need to|have to|ought to|shall|can) {I}( here| in this repo| in this project|)",
  "(I|we) (want|need|would like|expect|asked|prefer|told) you to {I}( here|)",
  "(I'd|I would) (like|prefer|love) you to {I}",
  "(you forgot to|don't forget to|remember to|try to|it's better to|it would be nicer to|it is necessary to|be so kind and|the idea is to|the point is to|make sure to|make sure you) {I}",
  "(why don't you|why didn't you|wouldn't it be better to|isn't it better to|can't you|couldn't you|how about you|mind if you) {I}?",
  "(we always|we usually|everyone here|in this project we|in this repo we|here we|as a rule we|the rule is to|our convention is to|our rule:|policy:|convention:) {I}",
  "(always|from now on|next time|in future|every time)(,|) {I}",
  "(don't|do not|never) {V}(,|;|.| -|:| but) {I}( instead| please|)",
  "(not|no|instead of) {A}(,|;|.| -| but) {I}",
  "(let's|lets|you better|gotta|you gotta|you'd better) {I}",
  "(again|once more|same again|redo it),( but|) {I}",
  "(is it possible to|it must be possible to|I would like that you|please to|you have to) {I}?"
)

export const HELD_OUT_DEED = rows(
  "what I had in mind was to {I}",
  "it'd make my day if you could {I}",
  "do me a favour and {I}",
  "any chance that you {I}?",
  "people expect us to {I}"
)

/** States a fact from which the right way follows. */
export const FACT = rows(
  "{H}(!|.|...|, you know|, remember?|, see the listing| here| actually| after all|)",
  "(but|hey,|look,|no,|nope,|wait,|hm,|you know,|fyi|fyi,|note that|remember:|remember,|mind that|the thing is,|careful,|sorry,|well,|ehm,|as you can see|hint:|uh,) {H}",
  "{A}?( no.| really?| why?| hm.|) {H}",
  "{H}(,|;|.| -|, so) (no|not|never|don't use|leave out|forget) {A}( here| please|)",
  "(don't|do not|please don't|never) {V}(,|;|.| -|:) {H}",
  "(you can't|you shouldn't|we don't|nobody should|one doesn't) {V}( here|)(,|;|.|:) {H}",
  "(why {A}?|why do you {V}?|didn't you see?|did you look?|haven't you noticed?|have a look:|think again:|wrong assumption:|bad guess,|bad idea,) {H}",
  "(since|because|given that|as) {H}(, do it right|, {A} is wrong|, that is not right|, please change that|, try again|, that won't work)",
  "{A} (won't work|doesn't fit|is wrong|makes no sense|is not it|isn't right)( here|)(,|;|.| -|:| because) {H}"
)

export const HELD_OUT_FACT = rows(
  "maybe you missed it, but {H}",
  "in case nobody mentioned it: {H}",
  "I should have said so before, {H}",
  "{H}, which you could have known"
)

/** Says the whole command between marks. */
export const QUOTED = rows(
  "`{C}`",
  "(run|do|type|execute|try|use|call|it's|should be|that's|we run|the command is|please run|just run|rather|I expected|no,|nope,|here it's|ci runs|the readme says|next time|always|I meant|you want|how about|why not|can you run|could you try) `{C}`( please| instead| here|.|!|)",
  "\"{C}\"( please| instead|, as in the docs|)",
  "(run|use|type|do|I want) (\"{C}\"|'{C}')( please| instead|)",
  "`{C}` (is right|is how we do it|is what I want|is the command|is what ci runs|would be right|works|does it|it is)( here|)",
  "not {A}(,|:|;) `{C}`",
  "(don't|do not|never) {V}(,|:|;|.) (run |use |it's |)`{C}`"
)

export const HELD_OUT_QUOTED = rows(
  "what works is `{C}`",
  "try again, this time `{C}`",
  "line 3 of the guide reads `{C}`"
)

/** The same without marks: nothing may follow. */
export const COMMAND = rows(
  "{C}",
  "(run|do|type|execute|try|use|call|enter|start|make it|make that|it's|it is|should be|that's|we run|I run|I'd run|the command is|the right command is|correct is|please run|please use|just run|rather|I'd expect|I expected|expected|better|instead|no|nope|wrong|not that|in this repo|here it's|here we do|with us it's|I always do|ci runs|the readme says|next time|from now on|always|you want|I want|I meant|it must read|this one|like this|like so|as in|say)(:|) {C}",
  "not {A}(,|:|;) {C}",
  "(don't|do not|never) {V}(,|:|;|.) (run |use |it's |){C}"
)

export const HELD_OUT_COMMAND = rows(
  "copy and paste this: {C}",
  "my shell history says {C}",
  "what everybody types is {C}"
)
