import type { BackendError } from "../../core/LoraBackend.ts"
import { TrainerError } from "../../core/Trainer.ts"

const advice: Readonly<Record<BackendError["reason"], string>> = {
  ModelFiles: "Check the model folder, then start again.",
  Tokenizer: "Say the correction in plain text and try again.",
  ContextTooLong: "Type /clear to start a shorter conversation, then correct again.",
  NonFinite: "Set a smaller learning_rate, or say the correction differently.",
  OutOfMemory: "Type /clear to start a shorter conversation, or choose a smaller model, then correct again.",
  Snapshot: "Start again: the last adapter saved in the ledger is loaded.",
  Unsupported: "Set estimator=sampled, or choose a trainer that can do this.",
  WorkerCrashed: "Correct again; if it happens again, start anew: the last adapter saved in the ledger is loaded.",
  Internal: "Correct again; if it fails again, start anew."
}

/** The backend's error in the trainer's words: nothing was learned, and what can be done. */
export const asTrainerError = (error: BackendError): TrainerError => {
  const problem = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`
  return new TrainerError({
    message: `Nothing was learned and the weights are as before. ${problem} ${advice[error.reason]}`
  })
}

export const restoreFailed = (error: BackendError): TrainerError =>
  new TrainerError({
    message: `The step failed and the weights before it could not be brought back: ${error.message} `
      + "Quit and start again: the last adapter saved in the ledger is loaded."
  })
