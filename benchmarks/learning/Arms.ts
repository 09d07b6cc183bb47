import type * as Layer from "effect/Layer"
import { defaultSettings } from "../../core/config/Settings.ts"
import type { LoraBackend } from "../../core/LoraBackend.ts"
import type { Trainer } from "../../core/Trainer.ts"
import { dpo } from "../../trainers/dpo/index.ts"
import { grpo } from "../../trainers/grpo/index.ts"
import { mixture } from "../../trainers/mixture/index.ts"
import { ppo } from "../../trainers/ppo/index.ts"
import { literalOptions, sdpo, type SdpoInput } from "../../trainers/sdpo/index.ts"
import { sdpoDescriptor } from "../../trainers/sdpo/Options.ts"
import { sft } from "../../trainers/sft/index.ts"
import type { Feedback } from "./Chain.ts"
import { deaf, makeLearner, makeNoteTaker, type Student } from "./Student.ts"

type ArmGroup = "default" | "objective" | "teacher" | "estimator" | "attempt" | "keeping" | "control"

/** One line of the comparison. */
export interface Arm {
  readonly id: string
  /** For tables. */
  readonly title: string
  readonly group: ArmGroup
  /** Makes the trainer at a learning rate; a fixed arm has its own and ignores it. */
  readonly trainer: (learningRate: number) => Layer.Layer<Trainer, never, LoraBackend>
  /** Whether the learning rate is searched for in the tuning stage. */
  readonly tuned: boolean
  readonly student: () => Student
  readonly feedback: Feedback
  /** Whether other kinds are taught afterwards, so that retention and the flip can be measured. */
  readonly later: boolean
}

const shipped = sdpoDescriptor.optionsUnder(defaultSettings)

type Make = Arm["trainer"]

const learner = (id: string, title: string, group: ArmGroup, trainer: Make): Arm => ({
  id,
  title,
  group,
  trainer,
  tuned: true,
  student: makeLearner,
  feedback: "apt",
  later: true
})

const distilling = (id: string, title: string, group: ArmGroup, options: SdpoInput): Arm =>
  learner(id, title, group, (learningRate) => sdpo({ ...options, learningRate }))

const control = (id: string, title: string, over: Partial<Arm>): Arm => ({
  ...learner(id, title, "control", () => sdpo(shipped)),
  tuned: false,
  later: false,
  ...over
})

/** Every arm. All of them have the same optimiser, updates per lesson and KL to the base, except where the title says so. */
export const arms: ReadonlyArray<Arm> = [
  { ...learner("default", "the defaults as shipped", "default", () => sdpo(shipped)), tuned: false },
  distilling("sdpo", "SDPO: frozen teacher, full vocabulary, forward KL", "objective", {}),
  learner("sft", "SFT on the corrected call", "objective", (learningRate) => sft({ learningRate })),
  learner("dpo", "DPO, beta 0.1", "objective", (learningRate) => dpo({ learningRate })),
  learner(
    "dpo-nll",
    "DPO with cross-entropy on the corrected call",
    "objective",
    (learningRate) => dpo({ learningRate, nllCoefficient: 1 })
  ),
  learner("grpo", "GRPO, 8 samples", "objective", (learningRate) => grpo({ learningRate })),
  learner("dr-grpo", "Dr. GRPO, 8 samples", "objective", (learningRate) => grpo({ learningRate, variant: "dr_grpo" })),
  learner("ppo", "PPO with a value head, 8 samples", "objective", (learningRate) => ppo({ learningRate })),
  learner("mixture", "half GRPO, half SDPO", "objective", (learningRate) => mixture({ learningRate })),
  distilling("literal", "the original design, ratio detached", "objective", literalOptions),

  distilling("teacher-ema", "SDPO, teacher: moving average 0.01", "teacher", { teacher: "ema" }),
  distilling("teacher-current", "SDPO, teacher: the current weights", "teacher", { teacher: "current" }),

  distilling("reverse", "SDPO, full vocabulary, reverse KL", "estimator", { divergence: "reverse_kl" }),
  distilling("jsd", "SDPO, full vocabulary, JSD(0.5)", "estimator", { divergence: "jsd" }),
  distilling("topk", "SDPO, top 20 and tail, forward KL", "estimator", { estimator: "topk" }),
  distilling("sampled", "SDPO, sampled token, reverse KL", "estimator", {
    estimator: "sampled",
    divergence: "reverse_kl"
  }),

  distilling("attempt", "SDPO, teacher sees the attempt", "attempt", { teacherSeesAttempt: true }),

  distilling("momentum", "SDPO with Adam's usual memory, betas 0.9 and 0.999", "keeping", { beta1: 0.9, beta2: 0.999 }),
  distilling("no-rehearsal", "SDPO, nothing rehearsed", "keeping", { rehearse: 0 }),
  distilling("no-confidence", "SDPO, ends at the likeliest call", "keeping", { confidence: 0 }),

  control("none", "no learning", { student: () => deaf, later: true }),
  control("lr-0", "learning rate 0", { trainer: () => sdpo({ ...shipped, learningRate: 0 }), later: true }),
  control("context", "correction in the context of every question", { student: makeNoteTaker }),
  control("notes", "all corrections in a notes file", { student: makeNoteTaker, later: true }),
  control("irrelevant", "feedback that asks for nothing", { feedback: "irrelevant" }),
  control("shuffled", "corrections of other situations", { feedback: "shuffled" })
]

export const armOf = (id: string): Arm => {
  const found = arms.find((arm) => arm.id === id)
  if (found === undefined) throw new RangeError(`no arm ${id}; there are ${arms.map((arm) => arm.id).join(", ")}`)
  return found
}
