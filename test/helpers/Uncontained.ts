import * as Layer from "effect/Layer"
import { tmpdir } from "node:os"
import { Access } from "../../core/permissions/Access.ts"
import { Permissions } from "../../core/permissions/Permissions.ts"
import { none } from "../../tools/runner/index.ts"
import { fileSearch } from "../../tools/search/index.ts"

/** What tools need of a sandbox where a test is about something else: none. */
export const uncontained = Layer.mergeAll(none(), Access.layer({ state: tmpdir() }), fileSearch).pipe(
  Layer.provideMerge(Permissions.defaults())
)
