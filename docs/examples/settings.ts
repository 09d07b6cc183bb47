import { defineAgent } from "continualcode"

/** The default agent with other settings. `key=value` arguments still win over them. */
export default defineAgent({
  settings: { lora_rank: 8, learning_rate: 1e-3, teacher_sees_attempt: true }
})
