import type { AgentEvent } from "../../core/domain/Event.ts"
import { toolCallText } from "../../core/prompt/ToolCallText.ts"

/* What humans and models do in most scripted sessions. */

export const task = (text: string) => ({ _tag: "Task", text }) as const
export const approve = { _tag: "Approve" } as const
export const deny = (correction: string) => ({ _tag: "Deny", correction }) as const

export const write = toolCallText("write", { path: "a.js" })
export const read = toolCallText("read", { path: "a.js" })
export const edit = toolCallText("edit_lines", { path: "a.js" })

/** The events of one kind. */
export const only = <Tag extends AgentEvent["_tag"]>(all: ReadonlyArray<AgentEvent>, tag: Tag) =>
  all.filter((event): event is Extract<AgentEvent, { readonly _tag: Tag }> => event._tag === tag)
