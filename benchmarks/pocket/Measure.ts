import type { LossItem } from "../../core/Loss.ts"
import { Engine, type EngineOptions } from "../../trainers/pocket/engine/Engine.ts"
import { makeRandom } from "../../core/Random.ts"
import { loadRuntime } from "../../trainers/pocket/engine/runtime/Load.ts"
import { matmulProbe } from "./Matmul.ts"
import { median, peakResidentMb, residentMb, time, type Timing, timingOf } from "./Timing.ts"
import { matmulWork } from "./Work.ts"

/** Tokens of context, of the correction that the teacher sees besides, and of the attempt. */
export const sizes = { context: 256, correction: 24, attempt: 40 }

/** How fast one runtime is with one thread count. Times in ms, rates in GFLOP/s. */
export interface Speed {
  readonly engine: string
  readonly threads: number
  readonly compileMs: number
  readonly forward: Timing
  readonly forwardBackward: Timing
  /** Teacher and base scores, student forward and backward, update. */
  readonly step: Timing
  /** From changed weights to the first token of a retry: fold the adapter, run the whole context. */
  readonly firstTokenMs: number
  readonly decodeTokensPerSecond: number
  readonly matmulRate: number
  readonly stepRate: number
  /** `stepRate` over `matmulRate`. */
  readonly ofMatmulPeak: number
}

/** What a process that only learns and samples holds, MiB. */
export interface Memory {
  /** Resident memory once warm, garbage collected. */
  readonly residentMb: number
  /** Peak resident memory; with WebAssembly V8's optimising compiler makes it, in its first seconds. */
  readonly rssMb: number
  /** Growth of the resident memory over the steps. */
  readonly growthMb: number
}

const optimizer = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: 1
}

/** Work of the benchmark's sizes with new tokens each time, so that nothing is remembered from the one before. */
const makeWork = ({ config }: EngineOptions) => {
  const random = makeRandom(1)
  const ids = (count: number) =>
    Array.from({ length: count }, () => Math.floor(random.uniform() * config.vocabularySize))
  const lesson = (): LossItem => {
    const promptIds = ids(sizes.context)
    return {
      _tag: "Distill",
      promptIds,
      completionIds: ids(sizes.attempt),
      teacher: { promptIds: [...promptIds, ...ids(sizes.correction)], weights: { _tag: "Base" } },
      divergence: { kind: "jsd", alpha: 0.5 },
      baseKl: 0.04
    }
  }
  const step = async (engine: Engine): Promise<void> => {
    await engine.forwardBackward([lesson()])
    engine.update(optimizer)
  }
  /** Times at which the first token and those after it came, ms. */
  const sample = async (engine: Engine, seed: number): Promise<ReadonlyArray<number>> => {
    const seen: Array<number> = []
    await engine.sample(
      {
        promptIds: ids(sizes.context),
        maxTokens: 101,
        temperature: 1,
        topP: 1,
        seed,
        weights: { _tag: "Current" }
      },
      () => seen.push(performance.now())
    )
    return seen
  }
  return { ids, step, sample }
}

/** Times one runtime. Matrix products and learning steps take turns, so that both see the machine in the same state. */
export const measureSpeed = async (
  options: EngineOptions & { readonly runtime: { readonly threads: number } },
  rounds: number
): Promise<Speed> => {
  const { config, lora } = options
  const { ids, sample, step } = makeWork(options)
  const start = performance.now()
  const engine = await Engine.create({ ...options, stopIds: [] })
  await engine.prepare()
  const compileMs = performance.now() - start

  await step(engine)
  await step(engine)
  const probe = await matmulProbe(await loadRuntime(options.runtime))
  const rates: Array<number> = []
  const steps: Array<number> = []
  const forwards: Array<number> = []
  const boths: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    rates.push(await probe.run(), await probe.run(), await probe.run())
    steps.push(await time(() => step(engine)))
    const promptIds = ids(sizes.context)
    const completionIds = ids(sizes.attempt)
    forwards.push(await time(() => engine.score({ promptIds, completionIds, weights: { _tag: "Base" } })))
    const plain: LossItem = { _tag: "CrossEntropy", promptIds, completionIds, baseKl: 0 }
    boths.push(await time(() => engine.forwardBackward([plain])))
    engine.discard()
  }
  await probe.release()

  const firstTokens: Array<number> = []
  const decodes: Array<number> = []
  for (let round = 0; round < Math.max(3, rounds / 4); round++) {
    await step(engine)
    const begin = performance.now()
    const seen = await sample(engine, round)
    firstTokens.push(seen[0]! - begin)
    decodes.push((seen.length - 1) / (seen.at(-1)! - seen[0]!) * 1000)
  }

  await engine.close()

  const student = matmulWork(config, lora, { tokens: sizes.context + sizes.attempt - 1, scored: sizes.attempt })
  const teacher = matmulWork(config, lora, {
    tokens: sizes.context + sizes.correction + sizes.attempt - 1,
    scored: sizes.attempt
  })
  const timing = timingOf(steps)
  const matmulRate = median(rates)
  const stepRate = (2 * student.forward + student.backward + teacher.forward) / timing.median / 1e6
  return {
    engine: engine.runtimeName,
    threads: options.runtime.threads,
    compileMs,
    forward: timingOf(forwards),
    forwardBackward: timingOf(boths),
    step: timing,
    firstTokenMs: median(firstTokens),
    decodeTokensPerSecond: median(decodes),
    matmulRate,
    stepRate,
    ofMatmulPeak: stepRate / matmulRate
  }
}

/** Steps before the heap of JavaScript has found its size. */
const WARM_UP_STEPS = 300

/** Learns `steps` times after a warm-up, samples now and then, and watches the memory of this process. */
export const measureMemory = async (options: EngineOptions, steps: number): Promise<Memory> => {
  const { sample, step } = makeWork(options)
  const engine = await Engine.create({ ...options, stopIds: [] })
  await engine.prepare()
  // Medians of stretches, read after a collection where the process has `--expose-gc`: waiting garbage is not growth.
  const resident: Array<number> = []
  for (let count = 0; count < WARM_UP_STEPS + steps; count++) {
    await step(engine)
    if (count % 10 === 0) await sample(engine, count)
    if (count % 10 === 0) globalThis.gc?.()
    if (count >= WARM_UP_STEPS) resident.push(residentMb())
  }
  await engine.close()
  const stretch = steps / 5
  const warm = median(resident.slice(-stretch))
  return {
    residentMb: warm,
    rssMb: peakResidentMb(),
    growthMb: warm - median(resident.slice(0, stretch))
  }
}
