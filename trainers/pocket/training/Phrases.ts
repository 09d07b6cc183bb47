import type { Rng } from "./Rng.ts"

/**
 * How humans correct. `{T}` is what to use, `{A}` what was used, `{V}` what not to do. The held-out ones are never in the
 * training corpus.
 */
export const CORRECTIONS = [
  "use {T}",
  "use {T}",
  "use {T} instead",
  "please use {T}",
  "use {T} please",
  "use {T}, not {A}",
  "use {T}; don't {V}",
  "use {T}, don't {V}",
  "use {T}; not {A}",
  "don't {V}; use {T}",
  "don't {V}, use {T}",
  "don't {V}. use {T}",
  "no {A}, use {T}",
  "never {V}; use {T}",
  "do not {V}, use {T}",
  "prefer {T}",
  "prefer {T} over {A}",
  "we use {T} here",
  "we use {T}, not {A}",
  "in this project we use {T}",
  "{T}, not {A}",
  "{T} please",
  "{T} instead",
  "always use {T}",
  "always use {T} for this",
  "not {A}, use {T}",
  "that should be {T}",
  "do it with {T}",
  "with {T} please",
  "I want {T}",
  "I prefer {T}",
  "try {T}",
  "no, use {T}",
  "no, {T}",
  "wrong tool, use {T}",
  "{T} is better",
  "you should use {T}",
  "you must use {T}",
  "{T}",
  "stop, use {T}",
  "instead of {A} use {T}",
  "use {T} instead of {A}",
  "we want {T} here",
  "{T} is what we use",
  "next time use {T}"
] as const

export const HELD_OUT_CORRECTIONS = [
  "I want you to use {T}",
  "please do it with {T}",
  "no {A} here, we want {T}",
  "always {T}, never {A}",
  "stop, don't {V}; {T} please",
  "use {T} for this project",
  "you should prefer {T} over {A}",
  "never {V}, always use {T}"
] as const

/** Notes say what to use before anything went wrong, so they name no attempt. */
export const NOTES = [
  "use {T}",
  "we use {T} here",
  "in this project we use {T}",
  "always use {T}",
  "prefer {T}",
  "please use {T}",
  "{T} is what we use",
  "I prefer {T}",
  "you should use {T}",
  "you must use {T}",
  "use {T} for this",
  "I want {T}"
] as const

export const HELD_OUT_NOTES = [
  "we want you to use {T}",
  "please prefer {T} here",
  "I want {T} in this project"
] as const

/** Corrections that name only what was wrong. */
export const NEGATIVES = [
  "don't {V}",
  "do not {V}",
  "never {V}",
  "no {A}",
  "not {A}",
  "don't use {A}",
  "never use {A}",
  "stop, don't {V}"
] as const

/** Text that asks for nothing the call could change. */
export const IRRELEVANT = [
  "thanks",
  "thank you",
  "be careful",
  "hello",
  "nice weather today",
  "I am not sure",
  "hmm",
  "ok",
  "please go on",
  "let me think",
  "the meeting is at ten",
  "this is a big project",
  "my cat is asleep",
  "we ship on friday",
  "good work",
  "I like this code"
] as const

/** Lower or upper case first letter, full stop or none: people type as they like. */
export const typed = (rng: Rng, text: string): string => {
  const opensWithName = /^\S*[._/]/.test(text)
  const cased = rng.chance(0.3) && !opensWithName ? text.charAt(0).toUpperCase() + text.slice(1) : text
  return rng.chance(0.25) ? `${cased}.` : cased
}

export const fill = (
  template: string,
  slots: { readonly target?: string; readonly avoid?: string; readonly verb?: string }
): string =>
  template.replaceAll("{T}", () => slots.target ?? "").replaceAll("{A}", () => slots.avoid ?? "").replaceAll(
    "{V}",
    () => slots.verb ?? ""
  )
