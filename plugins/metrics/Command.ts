import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { basename } from "node:path"
import { configError } from "../../core/config/Decode.ts"
import { Metrics } from "../../core/domain/Event.ts"
import { fullMetrics } from "../../core/evidence/FullMetrics.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { reportHtml } from "../../ui/report/Report.ts"
import { plain } from "../../ui/text/Line.ts"
import { metricsLines } from "../../ui/text/MetricsText.ts"
import type { Command } from "../cli/commands/Command.ts"
import { openProject, withLedgerToRead } from "../cli/commands/Open.ts"
import { print } from "../cli/Say.ts"

const HELP = `continualcode metrics: what was learned in this project, in numbers

Usage
  continualcode metrics                       counts, the last steps, and charts
  continualcode metrics --output json         everything as one JSON object
  continualcode metrics --output html > r.html   one page to look at or to send: no script, no network

Read from the ledger; no model is loaded. In a session /metrics shows the same, and what that session used of a service.

Exit codes
  0 done   1 failed   2 a wrong argument, setting or agent.ts   130 interrupted
`

const encode = Schema.encodeSync(Schema.toCodecJson(Metrics))

const version = (): string => {
  const root = import.meta.url.endsWith(".ts") ? "../../" : "../../../"
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL(`${root}package.json`, import.meta.url), "utf8")
  )
  return manifest.version
}

/** The ledger's metrics without a model: the revision is that of the newest step that was kept. */
export const ledgerMetrics = Effect.gen(function*() {
  const store = yield* FeedbackStore
  const steps = (yield* store.learned).flatMap(({ outcome }) => outcome._tag === "Stepped" ? [outcome.step] : [])
  return yield* fullMetrics(store, steps.at(-1)?.revision ?? 0)
})

export const metricsCommand: Command = {
  help: HELP,
  run: (args, place) =>
    Effect.gen(function*() {
      const [word] = args.words
      if (word !== undefined) return yield* configError(`metrics takes no ${word}. See continualcode metrics --help.`)
      const project = yield* openProject(args, place)
      const metrics = yield* withLedgerToRead(project, ledgerMetrics)
      const { settings, workspace } = project.launch
      if (args.output === "json") return yield* print(JSON.stringify(encode(metrics)))
      if (args.flags["html"] !== true) return yield* print(metricsLines(metrics).map(plain).join("\n"))
      yield* print(reportHtml(metrics, {
        project: basename(workspace),
        model: settings.model_name,
        at: yield* Clock.currentTimeMillis,
        version: version(),
        ...(settings.guard_canary_kl > 0 ? { driftLimit: settings.guard_canary_kl } : {})
      }))
    })
}
