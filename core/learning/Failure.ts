import { BackendError } from "../LoraBackend.ts"
import { TrainerError } from "../Trainer.ts"

type Reason = BackendError["reason"]

const advice: Readonly<Record<Reason, string>> = {
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

const sentence = (text: string): string => /[.!?]$/.test(text) ? text : `${text}.`

/** A backend's error in the words of who learns: what it means for the lesson, what happened, and what can be done. */
export const notLearned = (what: string) => (error: BackendError): TrainerError =>
  new TrainerError({
    reason: error.reason === "ContextTooLong" || error.reason === "NonFinite" ? error.reason : "Backend",
    message: `${sentence(what)} ${sentence(error.message)} ${advice[error.reason]}`,
    cause: error
  })

/** The same where the error may be a learner's own already. */
export const asTrainerError = <E>(error: E | BackendError): Exclude<E, BackendError> | TrainerError =>
  error instanceof BackendError
    ? notLearned("Nothing was learned and the weights are as before")(error)
    : error as Exclude<E, BackendError>
