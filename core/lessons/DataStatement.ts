import type { BackendInfo } from "../LoraBackend.ts"

/** What the statement speaks about. */
interface DataFacts {
  readonly backend: Pick<BackendInfo, "backend" | "modelName" | "sendsTo">
  /** Folder of the ledger and the adapter. */
  readonly stateDirectory: string
  /** Whether corrections change the weights in this project now. */
  readonly learning: boolean
  /** Whether somebody has said so for this project, as opposed to the default. */
  readonly chosen: boolean
}

/** The backend of a model that nothing here trains. */
export const FOREIGN_MODEL = { backend: "none", modelName: "of agent.ts", sendsTo: "wherever that model runs" } as const

/** The short form, for the first start in a project. */
export const dataNotice = ({ backend: { backend, modelName, sendsTo }, learning, stateDirectory }: DataFacts): string =>
  [
    sendsTo === undefined
      ? `First start in this project: nothing leaves this machine, the model ${modelName} runs and learns here.`
      : `First start in this project: the trainer ${backend} sends prompts, with what the model reads, to ${sendsTo}.`,
    `What is said and done, lessons and the adapter are kept in ${stateDirectory}, secrets masked.`,
    learning
      ? "Denials and edits change the adapter of this project; `continualcode learn off` stops that."
      : "Learning is off: corrections change no weights.",
    "More: continualcode lessons where"
  ].join(" ")

/** What is stored, and what is sent where, in plain sentences. */
export const dataStatement = (facts: DataFacts): ReadonlyArray<string> => {
  const { backend: { backend, modelName, sendsTo }, chosen, learning, stateDirectory } = facts
  return [
    sendsTo === undefined
      ? `Nothing leaves this machine: the model ${modelName} runs and learns here (trainer ${backend}).`
      : `The trainer ${backend} sends to ${sendsTo}: every prompt (your tasks, notes and corrections, the files and command `
        + "output the model reads), the tokens it samples, and the training batches made of them. The adapter is kept there "
        + "while a session runs.",
    `Stored in ${stateDirectory}: tasks, calls, verdicts, notes, lessons with their token ids, steps and the adapter. `
    + "What looks like a key, token or password is masked in texts before it is stored; token ids are stored as they are and "
    + "can be turned back into text, so treat the folder like the conversation itself. For /undo there are plain copies of the "
    + "last files that calls changed.",
    learning
      ? `Learning is on${
        chosen
          ? " for this project"
          : sendsTo === undefined
          ? ", as is the default where nothing is sent anywhere"
          : ", as you agreed to send it"
      }: a denial or an `
        + "edit changes the adapter of this project only. Switch it off with: continualcode learn off"
      : `Learning is off${
        chosen ? " for this project" : ", as enable_training=false or the model has it"
      }: corrections `
        + "steer the conversation and change no weights. Switch it on with: continualcode learn on",
    "`continualcode lessons` shows what was learned; `lessons undo` takes it out of the adapter, `lessons forget` also out of "
    + "the ledger."
  ]
}
