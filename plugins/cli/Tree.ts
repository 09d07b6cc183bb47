import { agentFlags, type CommandSpec, type Flag } from "./CommandSpec.ts"

const EXITS = "0 done   1 failed   2 a wrong argument, setting or agent.ts   130 interrupted"
const printed = ["text", "json"]

/** Flags of the session, which is what runs without a command. */
export const sessionFlags: ReadonlyArray<Flag> = [
  { name: "prompt", short: "p", value: "TEXT", names: "nothing", meaning: "the one task to run" },
  { name: "output", value: "text|json", names: printed, meaning: "what is printed without a terminal (text)" },
  { name: "continue", short: "c", meaning: "go on with the newest session" },
  { name: "resume", value: "ID", names: "nothing", meaning: "go on with this session (see sessions)" },
  { name: "fork", meaning: "leave it as it is, and begin a new session with its conversation" },
  ...agentFlags,
  { name: "help", short: "h", meaning: "this page" },
  { name: "version", meaning: "the version" }
]

/** What can be done without a session. Parsing, help and completion read this and nothing else. */
export const commands: ReadonlyArray<CommandSpec> = [
  {
    name: "lessons",
    summary: "what was learned: list, show, undo, forget, replay, export, import, where",
    title: "what was learned, and what can be done about it",
    usage: [
      ["", "list them, oldest first"],
      ["show ID", "everything about one: call, correction, evidence, numbers"],
      ["undo [ID]", "take the newest one, or this one, out of the adapter"],
      ["forget ID", "undo it and remove what it says from the ledger"],
      ["replay", "build the adapter anew from the ledger, with the settings of now"],
      ["export [FILE]", "lessons in force as JSON Lines, to FILE or standard output"],
      ["export --adapter DIR", "the weights in the PEFT layout, with a model card"],
      ["import FILE|DIR", "learn lessons from a raw export, or start from exported weights"],
      ["where", "what is stored, and what is sent where"]
    ],
    notes:
      "IDs may be shortened. Settings are taken as key=value, as everywhere: adapter=NAME, state_dir=PATH, objective=NAME, …",
    actions: {
      list: { words: [], meaning: "list them, oldest first" },
      show: { words: ["nothing"], meaning: "everything about one" },
      undo: { words: ["nothing"], meaning: "take one out of the adapter" },
      forget: { words: ["nothing"], meaning: "undo one and remove what it says" },
      replay: { words: [], meaning: "build the adapter anew" },
      export: { words: ["file"], meaning: "to a file, as lessons or weights" },
      import: { words: ["file"], meaning: "lessons or weights" },
      where: { words: [], meaning: "what is stored and sent where" }
    },
    flags: [
      {
        name: "form",
        value: "raw|sft|dpo",
        names: ["raw", "sft", "dpo"],
        meaning: "form of an export (raw); only raw can be imported again"
      },
      { name: "adapter", meaning: "export the weights instead of the lessons" },
      { name: "objective", value: "NAME", names: { setting: "objective" }, meaning: "same as objective=NAME" }
    ],
    outputs: printed,
    exits:
      "0 done   1 failed   2 a wrong argument, id, setting or agent.ts   130 interrupted: the adapter is as before",
    load: () => import("./commands/Lessons.ts").then(({ lessonsCommand }) => lessonsCommand)
  },
  {
    name: "sessions",
    summary: "earlier conversations that --continue, --resume and --fork go on with",
    title: "earlier conversations, the newest first",
    usage: [["", "list them"]],
    notes:
      "continualcode --continue goes on with the newest one, --resume ID with another (IDs may be shortened), and --fork with either\n"
      + "begins a new session with its conversation. Each adapter has its own; settings are taken as key=value: adapter=NAME, …",
    actions: {},
    flags: [],
    outputs: printed,
    exits: EXITS,
    load: () => import("../sessions/Command.ts").then(({ sessionsCommand }) => sessionsCommand)
  },
  {
    name: "adapters",
    summary: "the project's adapters: list, create, switch, copy, delete, push-user",
    title: "the adapters of a project, each with its own lessons",
    usage: [
      ["", "list them"],
      ["create NAME", "a fresh one"],
      ["create NAME --from OTHER", "one that begins as a copy of OTHER, lessons included"],
      ["create NAME --from user", "one that starts from your own (see push-user); user:NAME names one"],
      ["switch NAME", "use it from now on; adapter=NAME uses it for one start"],
      ["copy FROM TO", "the same as create TO --from FROM"],
      ["delete NAME", "remove it with its lessons"],
      ["push-user [--as NAME]", "keep the adapter in use for your other projects (as: default)"]
    ],
    notes:
      "Your own adapters lie in ~/.continualcode/user-adapters. They hold weights and a card, no lessons, and only start an\n"
      + "adapter of the same model and shape. Settings are taken as key=value: workspace=PATH, adapter=NAME, …",
    actions: {
      list: { words: [], meaning: "list them" },
      create: { words: ["nothing"], meaning: "a fresh one, or one from another" },
      switch: { words: ["adapter"], meaning: "use one from now on" },
      copy: { words: ["adapter", "nothing"], meaning: "one under a new name" },
      delete: { words: ["adapter"], meaning: "remove one with its lessons" },
      "push-user": { words: [], meaning: "keep the one in use for other projects" }
    },
    flags: [
      { name: "from", value: "NAME", names: "adapter", meaning: "what a new adapter begins with" },
      { name: "as", value: "NAME", names: "nothing", meaning: "name among your own adapters" }
    ],
    outputs: printed,
    exits: "0 done   1 failed   2 a wrong argument, name, setting or agent.ts   130 interrupted",
    load: () => import("./commands/Adapters.ts").then(({ adaptersCommand }) => adaptersCommand)
  },
  {
    name: "metrics",
    summary: "what was learned, in numbers and charts: text, json, or a page (html)",
    title: "what was learned in this project, in numbers",
    usage: [
      ["", "counts, the last steps, and charts"],
      ["--output json", "everything as one JSON object"],
      ["--output html > r.html", "one page to look at or to send: no script, no network"]
    ],
    notes:
      "Read from the ledger; no model is loaded. In a session /metrics shows the same, and what that session used of a service.",
    actions: {},
    flags: [],
    outputs: [...printed, "html"],
    exits: EXITS,
    load: () => import("../metrics/Command.ts").then(({ metricsCommand }) => metricsCommand)
  },
  {
    name: "probe",
    summary: "ask in fresh contexts whether corrections still hold, and how that changed over time",
    title: "asks in fresh contexts whether corrections still hold",
    usage: [
      ["", "ask, print a table and the rate of violations over time"],
      ["--output json", "the same as one JSON object"]
    ],
    notes:
      "Asked are the newest corrections' situations, as they were and with the task in other words, without any correction in\n"
      + "the prompt: does the denied call come again? And the project's own probes, from agent.ts (probes: […]) and from\n"
      + ".continualcode/probes.jsonl, one JSON object a line:\n"
      + "  {\"task\": \"install zod\", \"forbid\": {\"pattern\": \"npm install\"}, \"want\": {\"tool\": \"bash\"}}\n"
      + "Nothing is run and nothing is learned. Each run is kept in the ledger.",
    actions: {},
    flags: [],
    outputs: printed,
    exits: "0 done   1 failed   2 a wrong argument, probe, setting or agent.ts   130 interrupted",
    load: () => import("../probe/Command.ts").then(({ probeCommand }) => probeCommand)
  },
  {
    name: "learn",
    summary: "whether corrections teach in this project: on, off, status",
    title: "whether corrections change the adapter in this project",
    usage: [
      ["", "what is chosen"],
      ["on", "a denial or an edit teaches, from the next start on"],
      ["off", "corrections only steer the conversation"]
    ],
    notes:
      "The choice stays with the project. enable_training=true|false wins over it for one start. A trainer that sends something\n"
      + "away asks first. `continualcode lessons where` says what goes where.",
    actions: {
      on: { words: [], meaning: "corrections teach, from the next start on" },
      off: { words: [], meaning: "corrections only steer the conversation" },
      status: { words: [], meaning: "what is chosen" }
    },
    flags: [],
    outputs: printed,
    exits: EXITS,
    load: () => import("./commands/Learn.ts").then(({ learnCommand }) => learnCommand)
  },
  {
    name: "doctor",
    summary: "what the trainers need, what is there, and which models fit",
    title: "what the trainers need, what is there, and which models fit",
    usage: [
      ["", "with the project's settings"],
      ["trainer=gpu model_name=Qwen/Qwen3-8B", "whether this would start, and what is missing"]
    ],
    notes:
      "Looks at Node, GPU driver, memory, Python, torch, model files and disk. Nothing is installed, downloaded or changed.",
    actions: {},
    flags: [],
    outputs: printed,
    exits: "0 the chosen trainer can start   1 something is missing   2 a wrong argument, setting or agent.ts",
    load: () => import("../doctor/index.ts").then(({ doctorCommand }) => doctorCommand)
  },
  {
    name: "models",
    summary: "models on this machine, whether they fit its memory, and what to download: list, get",
    title: "models on this machine, and what to download",
    usage: [
      ["", "what the hub's cache, Ollama and LM Studio have here, and coders to download"],
      ["get coder-1.5b", "download one of those"],
      ["get OWNER/NAME/FILE.gguf", "download one GGUF file from the hub"],
      ["get OWNER/NAME", "download a whole model in the Hugging Face layout"]
    ],
    notes:
      "Nothing is downloaded but what `get` names. A download that stopped goes on where it was, and is checked against the hub's\n"
      + "hash. Use one with model_name=NAME: a folder, a .gguf file, OWNER/NAME, OWNER/NAME/FILE.gguf or ollama:NAME. HF_HOME,\n"
      + "HF_TOKEN, HF_ENDPOINT and OLLAMA_MODELS are heeded.",
    actions: {
      list: { words: [], meaning: "what is here, and what to download" },
      get: { words: ["nothing"], meaning: "download one" }
    },
    flags: [],
    outputs: printed,
    exits: EXITS,
    load: () => import("../models/Command.ts").then(({ modelsCommand }) => modelsCommand)
  },
  {
    name: "completion",
    summary: "words for the Tab key of your shell: bash, zsh, fish",
    title: "words for the Tab key of your shell",
    usage: [
      ["bash", "a script for ~/.local/share/bash-completion/completions/continualcode"],
      ["zsh", "one for a folder of $fpath, as _continualcode"],
      ["fish", "one for ~/.config/fish/completions/continualcode.fish"]
    ],
    notes:
      "The scripts ask the command itself, so they stay true when it is updated: commands, their actions and flags, settings and\n"
      + "what these may be, names of the project's adapters.",
    actions: {
      bash: { words: [], meaning: "for bash" },
      zsh: { words: [], meaning: "for zsh" },
      fish: { words: [], meaning: "for fish" }
    },
    flags: [],
    outputs: printed,
    exits: "0 done   2 a wrong argument",
    load: () => import("./completion/Command.ts").then(({ completionCommand }) => completionCommand)
  }
]

export const commandNames: ReadonlyArray<string> = commands.map(({ name }) => name)
