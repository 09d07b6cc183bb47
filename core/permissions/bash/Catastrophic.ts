import type { SubCommand, Word } from "./Script.ts"

/** Folders of which everything depends. */
const ROOTS = new RegExp(
  "^(/|/\\*|~|~/|~/\\*|\\.|\\./|\\./\\*|\\*|\\.\\.|\\.\\./.*|/(bin|boot|dev|etc|home|lib|lib64|opt|proc|root|run|sbin|srv|sys|usr|var|Users|System"
    + "|Library|Applications|private)(/\\*?)?|/(home|Users)/[^/]+(/\\*?)?|[A-Za-z]:[\\\\/]?)$"
)

const tidy = (word: string): string => word.replaceAll(/\/{2,}/g, "/").replace(/(?:\/\.)+(?=\/|$)/g, "") || "/"

/** A target that is one of the roots, or that only the shell knows. */
const isRoot = (word: Word): boolean => word === undefined || ROOTS.test(tidy(word))

const targets = (words: ReadonlyArray<Word>): ReadonlyArray<Word> => {
  const end = words.indexOf("--")
  return end === -1
    ? words.filter((word) => word === undefined || !word.startsWith("-"))
    : words.slice(end + 1)
}

const has = (words: ReadonlyArray<Word>, pattern: RegExp): boolean =>
  words.some((word) => word !== undefined && pattern.test(word))

const RECURSIVE = /^(-[A-Za-z]*[rR][A-Za-z]*|--recursive)$/
const DEVICE = /^(of=)?\/dev\/(?!null$|zero$|stdout$|stderr$|tty$|fd\/)/

/**
 * Why a command would destroy more than it may be worth, or undefined: it deletes or overwrites the root, the home folder,
 * the whole project or a device. Such a command is asked for whatever rules say.
 */
export const catastrophe = ({ words: [program, ...rest] }: SubCommand): string | undefined => {
  switch (program) {
    case "rm":
      return has(rest, RECURSIVE) && targets(rest).some(isRoot)
        ? "deletes a whole folder tree that much depends on"
        : undefined
    case "chmod":
    case "chown":
    case "chgrp":
      return has(rest, RECURSIVE) && targets(rest).slice(1).some(isRoot)
        ? "changes the rights of a folder tree that much depends on"
        : undefined
    case "find":
      return has(rest, /^-(delete|exec|execdir|ok)$/) && targets(rest).slice(0, 1).some(isRoot) && !rest.includes(".")
        ? "may delete in a folder tree that much depends on"
        : undefined
    case "mv":
      return targets(rest).slice(0, -1).some(isRoot) ? "moves a folder that much depends on" : undefined
    case "dd":
    case "shred":
    case "tee":
    case "cp":
      return has(rest, DEVICE) ? "overwrites a device" : undefined
    case "mkfs":
    case "wipefs":
    case "fdisk":
    case "parted":
      return "changes a disk"
    default:
      return program?.startsWith("mkfs.") === true ? "changes a disk" : undefined
  }
}

/** The same of a file that a redirect overwrites. */
export const catastrophicRedirect = (path: Word): string | undefined =>
  path !== undefined && DEVICE.test(path) ? "overwrites a device" : undefined
