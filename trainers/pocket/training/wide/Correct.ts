import { word } from "../Names.ts"
import { fill, typed } from "../Phrases.ts"
import type { Rng } from "../Rng.ts"
import { type Alternative, bash, type Scene } from "../Situation.ts"
import {
  ASIDE,
  AWAY,
  BEFOREHAND,
  COMMANDS,
  HELD_OUT_ASIDE,
  HELD_OUT_COMMANDS,
  HELD_OUT_REASONS,
  HELD_OUT_TOWARDS,
  JOINED,
  REASONS,
  TOWARDS
} from "./Phrases.ts"
import { forbidden, meantBy, moreWays, spokenNames } from "./Ways.ts"

/** What was said and which call obeys it. */
export interface Told {
  readonly text: string
  readonly chosen: Alternative
}

/** A letter lost, doubled or swapped in one of the words that no name stands in. */
const mistyped = (rng: Rng, template: string): string => {
  const places = [...template.matchAll(/(?<![{\w])[a-z]{4,}(?![}\w])/g)]
  if (places.length === 0) return template
  const found = rng.pick(places)
  const at = found.index + 1 + rng.below(found[0].length - 2)
  const roll = rng.below(3)
  const [a, b] = [template.charAt(at), template.charAt(at + 1)]
  const wrong = roll === 0 ? b : roll === 1 ? a + a + b : b + a
  return template.slice(0, at) + wrong + template.slice(at + 2)
}

const BEFORE = ["hey, ", "please, ", "no, ", "no. ", "sorry, ", "hm, ", "ok but ", "stop. ", "wait, "]
const AFTER = [" please", " pls", ", ok?", ", thanks", "!", " ...", ", thx", " here", " in this repo", " from now on"]

/** As people type: now and then with a mistake, a word before or after. */
const handTyped = (rng: Rng, template: string, slots: Parameters<typeof fill>[1]): string => {
  const roll = rng.unit()
  const said = fill(roll < 0.08 ? mistyped(rng, template) : template, slots)
  const padded = roll < 0.16 ? rng.pick(BEFORE) + said : roll < 0.26 ? said + rng.pick(AFTER) : said
  return rng.chance(0.04) ? padded.toUpperCase() === padded ? padded : padded + "!!" : typed(rng, padded)
}

const slotsFor = (rng: Rng, scene: Scene, attempt: Alternative, target: Alternative) => ({
  target: rng.pick(spokenNames(target)),
  avoid: rng.pick(attempt.names),
  verb: rng.pick(attempt.weight > 0.5 ? [...attempt.verbs, ...forbidden(scene)] : attempt.verbs)
})

const wish = (rng: Rng, heldOut: boolean): string => rng.pick(heldOut ? HELD_OUT_TOWARDS : TOWARDS)

/** A command of made-up words, with or without what the task names: only copying gets it right. */
const anyCommand = (rng: Rng, { slots }: Scene): string => {
  const words = Array.from(
    { length: 1 + rng.below(3) },
    () => rng.chance(0.25) ? `${rng.chance(0.5) ? "--" : "-"}${word(rng)}` : word(rng)
  )
  const { x } = slots
  return [word(rng), ...words, ...(x !== undefined && rng.chance(0.5) ? [x] : [])].join(" ")
}

/** A correction in the words of somebody who does not know the tools' names by heart. */
export const wideCorrection = (rng: Rng, scene: Scene, attempt: Alternative, heldOut = false): Told => {
  const roll = rng.unit()
  if (roll < 0.08) {
    return { text: handTyped(rng, rng.pick(heldOut ? HELD_OUT_ASIDE : ASIDE), {}), chosen: attempt }
  }
  const other = (all: ReadonlyArray<Alternative>) =>
    all.filter(({ call, id }) => id !== attempt.id && JSON.stringify(call) !== JSON.stringify(attempt.call))
  const meant = meantBy(scene)
  if (roll < 0.2 && !heldOut && meant !== undefined && meant.id !== attempt.id && attempt.weight > 0.5) {
    const verb = rng.pick([...attempt.verbs, ...forbidden(scene)])
    const text = handTyped(rng, rng.pick(AWAY.filter((one) => one.includes("{V}"))), { verb })
    return { text, chosen: meant }
  }
  const more = other(moreWays(rng, scene))
  const usual = other(scene.alternatives)
  const target = rng.pick(more.length > 0 && rng.chance(0.5) ? more : usual)
  const slots = slotsFor(rng, scene, attempt, target)
  const { command } = target.call.arguments
  if (roll < 0.36 && typeof command === "string") {
    const said = rng.chance(0.25) ? anyCommand(rng, scene) : command
    const template = rng.pick(heldOut ? HELD_OUT_COMMANDS : COMMANDS)
    return { text: template.replaceAll("{C}", () => said), chosen: { ...target, call: bash(said) } }
  }
  if (roll < 0.56) {
    const reason = rng.pick(heldOut ? HELD_OUT_REASONS : REASONS)
    const joined = rng.pick(JOINED).replaceAll("{R}", () => reason).replaceAll("{W}", () => wish(rng, heldOut))
    return { text: handTyped(rng, joined, slots), chosen: target }
  }
  if (roll < 0.6 && !heldOut) {
    const away = fill(rng.pick(AWAY), slots)
    return { text: handTyped(rng, `${away}. ${wish(rng, false)}`, slots), chosen: target }
  }
  return { text: handTyped(rng, wish(rng, heldOut), slots), chosen: target }
}

/** The same said before anything went wrong. */
export const wideNote = (rng: Rng, scene: Scene): Told => {
  const more = moreWays(rng, scene)
  const chosen = rng.pick(more.length > 0 && rng.chance(0.4) ? more : scene.alternatives)
  return { text: handTyped(rng, rng.pick(BEFOREHAND), { target: rng.pick(spokenNames(chosen)) }), chosen }
}
