import type { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import type { AgentEvent } from "../../core/domain/Event.ts"
import type { UserInput } from "../../core/domain/UserInput.ts"
import type { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import type { Judgement } from "./Inbox.ts"
import type { Result } from "./Protocol.ts"

/** A way of writing events and reading answers: JSON lines, or text for people. Lines carry no line feed. */
export interface Surface<Item> {
  readonly event: (event: AgentEvent) => ReadonlyArray<string>
  readonly approvalRequested: (request: ApprovalRequest) => ReadonlyArray<string>
  readonly inputRequested: ReadonlyArray<string>
  readonly result: (result: Result) => ReadonlyArray<string>
  /** An input line as read: an item for the inbox, an interrupt, or lines that say what is wrong with it. */
  readonly read: (text: string) => { readonly item: Item } | "interrupt" | { readonly refused: ReadonlyArray<string> }
  /** Refusal of a line that could not even be read. */
  readonly unreadable: (text: string, problem: string) => ReadonlyArray<string>
  readonly judgeAnswer: (request: ApprovalRequest, item: Item) => Said<ApprovalAnswer>
  readonly judgeInput: (item: Item) => Said<UserInput>
}

/** A judgement, with the lines that explain a drop. */
export type Said<A> = Exclude<Judgement<A>, "drop"> | { readonly refused: ReadonlyArray<string> }
