/** Everything that can go wrong, as values. Messages end with what to do; none holds the key. */
import * as Schema from "effect/Schema"

/** A value of the caller's that the service would refuse. Nothing was sent. */
export class TinkerInputError extends Schema.TaggedError<TinkerInputError>()("TinkerInputError", {
  operation: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.operation}: ${this.detail} Nothing was sent; correct the value and call again.`
  }
}

/** No answer came, although it was tried again for as long as it makes sense. */
export class TinkerConnectionError extends Schema.TaggedError<TinkerConnectionError>()("TinkerConnectionError", {
  operation: Schema.String,
  baseUrl: Schema.String,
  attempts: Schema.Int,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.operation}: ${this.baseUrl} could not be reached (${this.attempts} attempts; ${this.detail}). ` +
      "Check the network and the base address, then call again."
  }
}

/** The deadline passed. The service may still be working on the request. */
export class TinkerTimeoutError extends Schema.TaggedError<TinkerTimeoutError>()("TinkerTimeoutError", {
  operation: Schema.String,
  seconds: Schema.Number,
  /** The last thing the service said about its queue. */
  queueState: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const queue = this.queueState === undefined ? "" : `; the queue was ${this.queueState}`
    return `${this.operation}: no result after ${this.seconds} s${queue}. ` +
      "Wait for the same result again, with a longer deadline, or look at the state of the service."
  }
}

const advice = (status: number): string => {
  switch (status) {
    case 401:
      return "Check the API key (TINKER_API_KEY), or make a new one in the console."
    case 402:
      return "Add a means of payment or credit in the console, then call again."
    case 403:
      return "The key may not use this session, model or checkpoint: use the key that made it."
    case 404:
      return "It does not exist or expired: check the name, or make it again."
    case 409:
      return "The name or number is taken: choose another."
    case 413:
      return "Send less at once."
    case 415:
      return "The server speaks another version of the protocol: update tinker-sdk or the server."
    case 429:
      return "Send fewer requests at once, or wait."
    default:
      return status === 501
        ? "The server does not know this."
        : status >= 500
        ? "The service is in trouble: try later."
        : "Correct the request and call again."
  }
}

/** The service refused the request. */
export class TinkerStatusError extends Schema.TaggedError<TinkerStatusError>()("TinkerStatusError", {
  operation: Schema.String,
  status: Schema.Int,
  /** The service's own words. */
  detail: Schema.String
}) {
  override get message(): string {
    const words = this.detail === "" ? "without a reason" : `"${this.detail}"`
    return `${this.operation}: the service answered ${this.status}, ${words}. ${advice(this.status)}`
  }
}

/** A checkpoint of this name is there already, from an earlier save. It was left as it is. */
export class TinkerNameTaken extends Schema.TaggedError<TinkerNameTaken>()("TinkerNameTaken", {
  operation: Schema.String,
  name: Schema.String,
  /** The service's own words. */
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.operation}: nothing was saved, for the name "${this.name}" is taken ("${this.detail}"). ` +
      "Choose another name, or let a state be overwritten."
  }
}

/** What answers at the base address is no Tinker service. */
export class TinkerNoService extends Schema.TaggedError<TinkerNoService>()("TinkerNoService", {
  baseUrl: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `No Tinker service answers at ${this.baseUrl} (${this.detail}). ` +
      "Check the base address, TINKER_BASE_URL: it is all that comes before /api/v1."
  }
}

/** The request was taken, and failed. */
export class TinkerRequestFailed extends Schema.TaggedError<TinkerRequestFailed>()("TinkerRequestFailed", {
  operation: Schema.String,
  requestId: Schema.String,
  /** "user": the request itself is wrong. "server": the service failed. */
  category: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.operation}: it failed, "${this.detail}" (${this.category}, request ${this.requestId}). ` + (
      this.category === "user"
        ? "Correct the request and call again."
        : "Call again; report the request number to the service if it happens every time."
    )
  }
}

/** The service no longer keeps the result. */
export class TinkerPromiseExpired extends Schema.TaggedError<TinkerPromiseExpired>()("TinkerPromiseExpired", {
  operation: Schema.String,
  requestId: Schema.String
}) {
  override get message(): string {
    return `${this.operation}: the result of request ${this.requestId} is no longer kept. The operation may have been done: ` +
      "to be sure of the weights, make a new training client and load the last checkpoint."
  }
}

/** A reply that cannot be read, or that lacks what was asked for. */
export class TinkerProtocolError extends Schema.TaggedError<TinkerProtocolError>()("TinkerProtocolError", {
  operation: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.operation}: ${this.detail} The server may speak another version of the protocol: update tinker-sdk or the server.`
  }
}

/** The service ended the session; its models are gone. */
export class TinkerSessionLost extends Schema.TaggedError<TinkerSessionLost>()("TinkerSessionLost", {
  sessionId: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `The session ${this.sessionId} has ended (${this.detail}) and its models with it. ` +
      "Make a new training client and load the last checkpoint: a new session is opened for it."
  }
}

/** A training request may or may not have reached the service, so the weights are no longer known. */
export class TinkerModelInDoubt extends Schema.TaggedError<TinkerModelInDoubt>()("TinkerModelInDoubt", {
  modelId: Schema.String,
  operation: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `The weights of ${this.modelId} are in doubt since ${this.operation} (${this.detail}). ` +
      "Make a new training client and load the last checkpoint."
  }
}

export type TinkerError =
  | TinkerInputError
  | TinkerConnectionError
  | TinkerTimeoutError
  | TinkerStatusError
  | TinkerNameTaken
  | TinkerNoService
  | TinkerRequestFailed
  | TinkerPromiseExpired
  | TinkerProtocolError
  | TinkerSessionLost
  | TinkerModelInDoubt
