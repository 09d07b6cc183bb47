import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { basename } from "node:path"
import { configError } from "../../core/config/Decode.ts"
import { Metrics } from "../../core/domain/Metrics.ts"
import { fullMetrics } from "../../core/evidence/FullMetrics.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { reportHtml } from "../../ui/report/Report.ts"
import { plain } from "../../ui/text/Line.ts"
import { metricsLines } from "../../ui/text/MetricsText.ts"
import type { Command } from "../cli/CommandSpec.ts"
import { openProject, withLedgerToRead } from "../cli/commands/Open.ts"
import { print } from "../cli/Say.ts"

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
  run: (args, place) =>
    Effect.gen(function*() {
      const [word] = args.words
      if (word !== undefined) return yield* configError(`metrics takes no ${word}. See continualcode metrics --help.`)
      const project = yield* openProject(args, place)
      const metrics = yield* withLedgerToRead(project, ledgerMetrics)
      const { settings, workspace } = project.launch
      if (args.output === "json") return yield* print(JSON.stringify(encode(metrics)))
      if (args.output !== "html") return yield* print(metricsLines(metrics).map(plain).join("\n"))
      yield* print(reportHtml(metrics, {
        project: basename(workspace),
        model: settings.model_name,
        at: yield* Clock.currentTimeMillis,
        version: version(),
        ...(settings.guard_canary_kl > 0 ? { driftLimit: settings.guard_canary_kl } : {})
      }))
    })
}
