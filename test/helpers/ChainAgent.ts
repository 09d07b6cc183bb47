import { defineAgent } from "continualcode"
import { chainBackend, chainTrainer } from "./ChainBackend.ts"

/** The agent whose adapter is a list of corrections. */
export default defineAgent({ trainer: chainBackend(), objective: chainTrainer() })
