import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AskedCall, Call } from "./domain/Call.ts"
import type { Prospect } from "./domain/Prospect.ts"
import type { ToolResult } from "./domain/ToolResult.ts"
import type { Undone } from "./domain/Undone.ts"
import type { ToolNeed } from "./permissions/Needs.ts"
import type { ChatTool } from "./LoraBackend.ts"

/** Runs one tool call under the granted permissions, and says how it is contained. */
export class ToolSandbox extends Context.Service<ToolSandbox, {
  /** Containment in force: `none`, `bubblewrap`, … Shown to the user. */
  readonly name: string
  /** Why it is no better, as a sentence that says what the person can do; `/permissions` shows it. */
  readonly note?: string
  /** The tools as the chat template takes them; `brief` uses one sentence per tool and bare parameter types. */
  readonly describe: (form: "brief" | "full") => ReadonlyArray<ChatTool>
  /** Why a call cannot run as it stands (unknown tool, arguments that do not decode), in one sentence, or undefined. */
  readonly problem: (call: Call) => string | undefined
  /** What of the call's arguments is taken for something else than is written, a sentence's part each. Absent: nothing ever is. */
  readonly repairs?: (call: Call) => ReadonlyArray<string>
  /** The call that can run and comes nearest to one that cannot, where one does. Absent: nobody knows. */
  readonly nearest?: (call: Call) => AskedCall | undefined
  /** What the call needs, for permissions; undefined where its tool does not say. */
  readonly needs: (call: Call) => ReadonlyArray<ToolNeed> | undefined
  /** What the call would do, or the result of a call that is known to fail. Changes nothing. */
  readonly preview: (call: Call) => Effect.Effect<Prospect>
  /**
   * Runs the call, if what its preview was worked out from (`basis`) still holds; without a basis, in any case. Never fails: an
   * unknown tool, bad arguments or a crash is a result with `success: false`.
   */
  readonly run: (call: Call, basis?: string) => Effect.Effect<ToolResult>
  /** Takes back the newest change that a call made to a file, whatever session it was. Absent: nothing is kept for that. */
  readonly undo?: Effect.Effect<Undone>
  /** Ends what calls left running on purpose, at the end of a session; gives a sentence for each. Absent: there is nothing. */
  readonly end?: Effect.Effect<ReadonlyArray<string>>
}>()("continualcode/ToolSandbox") {}
