import * as Schema from "effect/Schema"

/** What a service was asked for, that may have to be paid. The counts are ours; the bill is the service's. */
export const ServiceUsage = Schema.Struct({
  /** Host of the service. */
  service: Schema.String,
  /** Tokens read for samples and scores, sampled, and trained on. */
  tokens: Schema.Struct({ prefill: Schema.Int, sampled: Schema.Int, trained: Schema.Int }),
  /** Only where prices were given. */
  cost: Schema.optionalKey(Schema.Struct({ amount: Schema.Finite, currency: Schema.String }))
})
export type ServiceUsage = typeof ServiceUsage.Type

/** What was added since `before`, in the same session; undefined when that is nothing. */
export const usageSince = (before: ServiceUsage | undefined, now: ServiceUsage): ServiceUsage | undefined => {
  if (before === undefined) return Object.values(now.tokens).some((count) => count > 0) ? now : undefined
  const { prefill, sampled, trained } = now.tokens
  const added: ServiceUsage = {
    service: now.service,
    tokens: {
      prefill: prefill - before.tokens.prefill,
      sampled: sampled - before.tokens.sampled,
      trained: trained - before.tokens.trained
    },
    ...(now.cost === undefined
      ? {}
      : { cost: { ...now.cost, amount: now.cost.amount - (before.cost?.amount ?? 0) } })
  }
  return Object.values(added.tokens).some((count) => count > 0) ? added : undefined
}
