// The same without Effect. Needs TINKER_API_KEY; TINKER_BASE_URL and MODEL are optional.
import process from "node:process"
import { connect, type Datum, float32, int64, tokens } from "tinker-sdk/promise"

const tinker = await connect({
  apiKey: process.env["TINKER_API_KEY"] ?? "",
  baseUrl: process.env["TINKER_BASE_URL"]
})
try {
  const training = await tinker.createTrainingClient({
    baseModel: process.env["MODEL"] ?? "Qwen/Qwen3-8B",
    lora: { rank: 4 },
    onProgress: (progress) => {
      if (progress._tag === "Waiting") process.stderr.write(`waiting, the queue is ${progress.queueState}\n`)
    }
  })
  const datum: Datum = {
    model_input: tokens([1, 2, 3]),
    loss_fn_inputs: { target_tokens: int64([2, 3, 7]), weights: float32([0, 0, 1]) }
  }
  const gradient = await training.submit.forwardBackward([datum], "cross_entropy")
  const update = await training.submit.optimStep({ learningRate: 0.1 })
  const [{ outputs }] = await Promise.all([gradient.result(), update.result()])
  process.stdout.write(`before: ${outputs[0]?.["logprobs"]?.data.at(-1)?.toFixed(2)}\n`)
  const sampler = await training.sampler()
  const after = await sampler.computeLogprobs(tokens([1, 2, 3, 7]), { signal: AbortSignal.timeout(60_000) })
  process.stdout.write(`after: ${after.at(-1)?.toFixed(2)}\n`)
} finally {
  await tinker.close()
}
