/** The whole wire format: schemas of the JSON messages, codecs of the binary ones, addresses, names. Nothing else knows it. */
export * from "./Endpoints.ts"
export * from "./ErrorBody.ts"
export * from "./Futures.ts"
export * from "./Json.ts"
export * from "./Management.ts"
export * from "./Models.ts"
export {
  decodeForwardBackwardOutput,
  decodeForwardBackwardRequest,
  encodeForwardBackwardOutput,
  encodeForwardBackwardRequest,
  type ForwardBackwardAddress,
  type ForwardBackwardContent,
  prepareForwardBackwardRequest
} from "./ProtoTraining.ts"
export { decodeSampleResult, encodeSampleResult } from "./ProtoSampling.ts"
export * from "./Sampling.ts"
export * from "./Service.ts"
export * from "./Sparse.ts"
export * from "./TinkerPath.ts"
export * from "./Training.ts"
export * from "./Values.ts"
export { WireError } from "./WireError.ts"
