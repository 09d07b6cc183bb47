import { defineAgent } from "continualcode"

/** The agent that runs where no agent.ts says otherwise. Copy it to change it. */
export default defineAgent({
  model: "pocket",
  trainer: "pocket",
  objective: "sdpo",
  tools: "builtin",
  ui: "auto",
  ledger: "sqlite"
})
