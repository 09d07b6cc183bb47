/** Where requests go, below the base address. */
export const DEFAULT_BASE_URL = "https://tinker.thinkingmachines.dev/services/tinker-prod"

/** The version of the official client whose protocol this package was written against. */
export const PROTOCOL_VERSION = "0.25.0"

/** A later one, said where the first is refused as too old. Its forms are marked "newer" in these files. */
export const NEWER_PROTOCOL_VERSION = "0.38.0"

/** Whether a version takes the newer forms: models made by loading, results announced by their size. */
export const isNewer = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 0 || minor > 25
}

export const PROTOBUF = "application/x-protobuf"

const v1 = <const Name extends string>(name: Name) => `/api/v1/${name}` as const
/** Run ids hold colons, which a path may hold as they are. */
const part = (text: string) => encodeURIComponent(text).replaceAll("%3A", ":")

export const Endpoints = {
  health: v1("healthz"),
  capabilities: v1("get_server_capabilities"),
  clientConfig: v1("client/config"),
  dynamicConfig: v1("client/dynamic_config"),
  authToken: v1("auth/token"),
  createSession: v1("create_session"),
  heartbeat: v1("session_heartbeat"),
  finishSession: (session: string) => v1(`sessions/${part(session)}/finish`),
  createModel: v1("create_model"),
  getInfo: v1("get_info"),
  unloadModel: v1("unload_model"),
  forwardBackward: v1("forward_backward"),
  forward: v1("forward"),
  optimStep: v1("optim_step"),
  saveWeights: v1("save_weights"),
  saveWeightsForSampler: v1("save_weights_for_sampler"),
  loadWeights: v1("load_weights"),
  createSamplingSession: v1("create_sampling_session"),
  sample: v1("asample"),
  sampler: (id: string) => v1(`samplers/${part(id)}`),
  retrieveFuture: v1("retrieve_future"),
  cancelFuture: v1("cancel_future"),
  trainingRuns: v1("training_runs"),
  trainingRun: (run: string) => v1(`training_runs/${part(run)}`),
  runCheckpoints: (run: string) => v1(`training_runs/${part(run)}/checkpoints`),
  checkpoints: v1("checkpoints"),
  checkpoint: (run: string, kind: string, name: string) =>
    v1(`training_runs/${part(run)}/checkpoints/${kind}/${part(name)}`),
  checkpointArchive: (run: string, kind: string, name: string) =>
    v1(`training_runs/${part(run)}/checkpoints/${kind}/${part(name)}/archive`),
  /** Some servers know only samplers' archives, and leave the kind out. */
  samplerArchive: (run: string, name: string) => v1(`training_runs/${part(run)}/checkpoints/${part(name)}/archive`),
  checkpointTtl: (run: string, kind: string, name: string) =>
    v1(`training_runs/${part(run)}/checkpoints/${kind}/${part(name)}/ttl`),
  weightsInfo: v1("weights_info"),
  session: (session: string) => v1(`sessions/${part(session)}`)
} as const
