import { toolCallText } from "../../core/prompt/ToolCallText.ts"

/* What humans and models do in most scripted sessions. */

export const task = (text: string) => ({ _tag: "Task", text }) as const
export const approve = { _tag: "Approve" } as const
export const deny = (correction: string) => ({ _tag: "Deny", correction }) as const

export const write = toolCallText("write", { path: "a.js" })
export const read = toolCallText("read", { path: "a.js" })
export const edit = toolCallText("edit_lines", { path: "a.js" })

/** The events, or lines of the headless interface, of one kind. */
export const only = <Line extends { readonly _tag: string }, Tag extends Line["_tag"]>(
  all: ReadonlyArray<Line>,
  tag: Tag
) => all.filter((one): one is Extract<Line, { readonly _tag: Tag }> => one._tag === tag)
