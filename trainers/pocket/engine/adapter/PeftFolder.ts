import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { BackendError } from "../../../../core/LoraBackend.ts"
import type { AdapterLayout, AdapterTensor } from "./AdapterState.ts"
import type { LoraSpec } from "../model/LoraSpec.ts"
import { fileProblem, readBytes, readJson } from "../../../models/Problem.ts"
import { encodeSafetensors, parseSafetensors, type Tensor } from "../../../models/Safetensors.ts"

const CONFIG = "adapter_config.json"
const WEIGHTS = "adapter_model.safetensors"
const ADVICE = "Export the adapter again, or make lora_rank, lora_alpha, lora_targets and lora_scope equal to it."

/** The name PEFT gives a LoRA matrix in its file. */
const peftName = ({ module, part }: AdapterTensor): string => `base_model.model.${module.path}.lora_${part}.weight`

const PeftConfig = Schema.Struct({
  peft_type: Schema.Literal("LORA"),
  r: Schema.Int,
  lora_alpha: Schema.Finite,
  target_modules: Schema.Union([Schema.Array(Schema.String), Schema.String]),
  use_dora: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  use_rslora: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  bias: Schema.optionalKey(Schema.String),
  alora_invocation_tokens: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Int)))
})

const writeWhole = async (path: string, bytes: Uint8Array | string): Promise<void> => {
  await writeFile(`${path}.partial`, bytes)
  await rename(`${path}.partial`, path)
}

/** Writes an adapter as Hugging Face PEFT loads it. Each file appears whole or not at all. */
export const writePeft = Effect.fn("pocket.writePeft")(function*(
  folder: string,
  adapter: {
    readonly modelName: string
    readonly lora: LoraSpec
    readonly layout: AdapterLayout
    readonly parameters: Float32Array
    /** What opens the turn that the adapter is active on, with the scope `turn`. */
    readonly opening?: ReadonlyArray<number> | undefined
  }
): Effect.fn.Return<void, BackendError> {
  const { layout, lora, modelName, opening, parameters } = adapter
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: modelName,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: 0,
    target_modules: lora.targets,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    use_dora: false,
    use_rslora: false,
    ...(opening === undefined ? {} : { alora_invocation_tokens: opening })
  }
  const tensors = new Map(layout.tensors.map((tensor): [string, Tensor] => [peftName(tensor), {
    shape: tensor.shape,
    data: parameters.subarray(tensor.offset, tensor.offset + tensor.size)
  }]))
  yield* Effect.tryPromise({
    try: async () => {
      await mkdir(folder, { recursive: true })
      await writeWhole(join(folder, WEIGHTS), encodeSafetensors(tensors))
      await writeWhole(join(folder, CONFIG), `${JSON.stringify(config, null, 2)}\n`)
    },
    catch: (cause) =>
      new BackendError({
        reason: "Internal",
        message: `The adapter could not be written to ${folder} (${
          String(cause)
        }). Choose a folder that can be written.`,
        cause
      })
  })
})

/** Reads the parameters of a PEFT adapter with exactly this rank, alpha and these targets. */
export const readPeft = Effect.fn("pocket.readPeft")(function*(
  folder: string,
  lora: LoraSpec,
  layout: AdapterLayout,
  opening?: ReadonlyArray<number>
): Effect.fn.Return<Float32Array, BackendError> {
  const configFile = join(folder, CONFIG)
  const config = yield* Schema.decodeUnknownEffect(PeftConfig)(yield* readJson(folder, CONFIG)).pipe(
    Effect.mapError((error) => fileProblem(configFile, error.message.replace(/\s+/g, " "), ADVICE))
  )
  const expect = (field: string, found: unknown, wanted: unknown) =>
    JSON.stringify(found) === JSON.stringify(wanted)
      ? Effect.void
      : Effect.fail(
        fileProblem(configFile, `${field} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`, ADVICE)
      )
  yield* expect("r", config.r, lora.rank)
  yield* expect("lora_alpha", config.lora_alpha, lora.alpha)
  yield* expect(
    "target_modules",
    typeof config.target_modules === "string" ? config.target_modules : config.target_modules.toSorted(),
    lora.targets.toSorted()
  )
  yield* expect("use_dora", config.use_dora ?? false, false)
  yield* expect("use_rslora", config.use_rslora ?? false, false)
  yield* expect("bias", config.bias ?? "none", "none")
  yield* expect("alora_invocation_tokens", config.alora_invocation_tokens ?? null, opening ?? null)

  const weightsFile = join(folder, WEIGHTS)
  const tensors = yield* parseSafetensors(weightsFile, yield* readBytes(folder, WEIGHTS))
  const known = new Set(layout.tensors.map(peftName))
  const extra = [...tensors.keys()].find((name) => !known.has(name))
  if (extra !== undefined)
    return yield* fileProblem(weightsFile, `tensor "${extra}" does not belong to this model`, ADVICE)
  const parameters = new Float32Array(layout.size)
  for (const tensor of layout.tensors) {
    const name = peftName(tensor)
    const found = tensors.get(name)
    if (found === undefined) return yield* fileProblem(weightsFile, `tensor "${name}" is missing`, ADVICE)
    if (found.shape.join() !== tensor.shape.join()) {
      return yield* fileProblem(
        weightsFile,
        `tensor "${name}" has shape [${found.shape.join(", ")}], not [${tensor.shape.join(", ")}]`,
        ADVICE
      )
    }
    if (!found.data.every(Number.isFinite)) {
      return yield* fileProblem(weightsFile, `tensor "${name}" holds numbers that are not finite`, ADVICE)
    }
    parameters.set(found.data, tensor.offset)
  }
  return parameters
})
