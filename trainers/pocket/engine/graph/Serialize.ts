import proto from "onnx-proto"
import type {
  AttributeValue,
  ConstantData,
  ElementType,
  FileSpan,
  GraphDefinition,
  PortDefinition
} from "./Definition.ts"

const { onnx } = proto

/** Default operator set and the version of ONNX Runtime's own set. */
const OPSET = 17
const IR_VERSION = 8

const elementTypes: Record<ElementType, number> = {
  float32: onnx.TensorProto.DataType.FLOAT,
  int32: onnx.TensorProto.DataType.INT32,
  int64: onnx.TensorProto.DataType.INT64,
  bool: onnx.TensorProto.DataType.BOOL,
  uint8: onnx.TensorProto.DataType.UINT8
}

const attribute = (name: string, value: AttributeValue) => {
  const { AttributeType } = onnx.AttributeProto
  if (typeof value === "number") return { name, type: AttributeType.INT, i: value }
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) }
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float }
  return { name, type: AttributeType.INTS, ints: [...value] }
}

const port = ({ name, shape, type }: PortDefinition) => ({
  name,
  type: {
    tensorType: {
      elemType: elementTypes[type],
      ...(shape === undefined
        ? {}
        : { shape: { dim: shape.map((size) => typeof size === "number" ? { dimValue: size } : { dimParam: size }) } })
    }
  }
})

const content = (data: ConstantData | FileSpan) =>
  "file" in data
    ? {
      dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
      externalData: [
        { key: "location", value: data.file },
        { key: "offset", value: String(data.offset) },
        { key: "length", value: String(data.length) }
      ]
    }
    : { rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }

/** The ONNX protobuf bytes of a graph. */
export const serialize = (graph: GraphDefinition): Uint8Array =>
  onnx.ModelProto.encode({
    irVersion: IR_VERSION,
    producerName: "continualcode",
    opsetImport: [{ domain: "", version: OPSET }, { domain: "com.microsoft", version: 1 }],
    graph: {
      name: "graph",
      node: graph.nodes.map((node, index) => ({
        name: `${node.operator}.${index}`,
        opType: node.operator,
        domain: node.domain,
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value))
      })),
      initializer: graph.initializers.map(({ data, name, shape, type }) => ({
        name,
        dims: [...shape],
        dataType: elementTypes[type],
        ...content(data)
      })),
      input: graph.inputs.map(port),
      output: graph.outputs.map(port)
    }
  }).finish()
