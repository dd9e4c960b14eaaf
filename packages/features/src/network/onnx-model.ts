import protobuf from 'protobufjs';

/** Element types of TensorProto (onnx.proto, `TensorProto.DataType`). */
export const ELEMENT = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float64: 11 } as const;

/** A constant of the graph. `data` is little-endian, row-major: the bytes become `raw_data` as they are. */
export interface Constant {
  readonly name: string;
  readonly element: number;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** A computed step. Attributes are one integer or a list of integers: no other kind is needed here. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** An input or output. A dimension is a number, or a name for one that is known when the graph runs. */
export interface Port {
  readonly name: string;
  readonly element: number;
  readonly dims: readonly (number | string)[];
}

/** An ONNX graph under construction. */
export interface Graph {
  readonly name: string;
  readonly input: Port;
  readonly outputs: readonly Port[];
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly Constant[];
}

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });

/** The messages of onnx.proto (ONNX 1.13, IR version 8) that are written here, with its field numbers. */
const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        graph: field(7, 'GraphProto'),
        opsetImport: list(8, 'OperatorSetIdProto'),
      },
    },
    OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    GraphProto: {
      fields: {
        node: list(1, 'NodeProto'),
        name: field(2, 'string'),
        initializer: list(5, 'TensorProto'),
        input: list(11, 'ValueInfoProto'),
        output: list(12, 'ValueInfoProto'),
      },
    },
    NodeProto: {
      fields: {
        input: list(1, 'string'),
        output: list(2, 'string'),
        name: field(3, 'string'),
        opType: field(4, 'string'),
        attribute: list(5, 'AttributeProto'),
      },
    },
    AttributeProto: {
      fields: {
        name: field(1, 'string'),
        i: field(3, 'int64'),
        ints: list(8, 'int64'),
        type: field(20, 'int32'),
      },
    },
    TensorProto: {
      fields: {
        dims: list(1, 'int64'),
        dataType: field(2, 'int32'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
      },
    },
    ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
    TypeProto: { fields: { tensorType: field(1, 'TensorTypeProto') } },
    TensorTypeProto: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
    TensorShapeProto: { fields: { dim: list(1, 'DimensionProto') } },
    DimensionProto: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
  },
});

const INT = 2;
const INTS = 7;

function attribute([name, value]: [string, number | readonly number[]]): object {
  return typeof value === 'number' ? { name, i: value, type: INT } : { name, ints: value, type: INTS };
}

function port({ name, element, dims }: Port): object {
  const dim = dims.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: { elemType: element, shape: { dim } } } };
}

/**
 * The graph as the bytes of an ONNX model, opset 13. The same graph gives the same bytes. Cost: one copy of
 * the constants.
 */
export function encodeOnnx(graph: Graph): Uint8Array {
  const message = {
    irVersion: 8,
    producerName: 'verger',
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: graph.name,
      node: graph.nodes.map(({ op, inputs, output, attributes = {} }) => ({
        name: output,
        opType: op,
        input: inputs,
        output: [output],
        attribute: Object.entries(attributes).map(attribute),
      })),
      initializer: graph.constants.map(({ name, element, dims, data }) => ({
        name,
        dims,
        dataType: element,
        rawData: data,
      })),
      input: [port(graph.input)],
      output: graph.outputs.map(port),
    },
  };
  return root.lookupType('ModelProto').encode(message).finish();
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const littleEndian = ({ buffer }: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): Uint8Array =>
  isLittleEndian ? new Uint8Array(buffer) : Buffer.from(buffer).swap32();

/** Float32 values as the little-endian bytes of a constant, on any machine. A copy. */
export function float32Bytes(values: ArrayLike<number>): Uint8Array {
  return littleEndian(new Float32Array(values));
}

/** A constant of float32 values. */
export function float32Constant(name: string, dims: readonly number[], values: ArrayLike<number>): Constant {
  return { name, element: ELEMENT.float32, dims, data: float32Bytes(values) };
}

/** A constant of uint8 or int8 values. */
export function byteConstant(
  name: string,
  dims: readonly number[],
  values: Int8Array | Uint8Array,
): Constant {
  const element = values instanceof Int8Array ? ELEMENT.int8 : ELEMENT.uint8;
  return { name, element, dims, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** A constant of int32 values. */
export function int32Constant(name: string, dims: readonly number[], values: ArrayLike<number>): Constant {
  return { name, element: ELEMENT.int32, dims, data: littleEndian(new Int32Array(values)) };
}

/** The float32 constants of a model that `encodeOnnx` made, by name. Cost: one copy of them. */
export function readConstants(
  model: Uint8Array,
): ReadonlyMap<string, { readonly dims: readonly number[]; readonly values: Float32Array }> {
  const type = root.lookupType('ModelProto');
  const { graph } = type.toObject(type.decode(model), { longs: Number }) as DecodedModel;
  const floats = (graph?.initializer ?? []).filter(({ dataType }) => dataType === ELEMENT.float32);
  return new Map(
    floats.map(({ name = '', dims = [], rawData = new Uint8Array() }) => [
      name,
      { dims, values: float32Values(rawData) },
    ]),
  );
}

/** What `readConstants` looks at; fields that have their default are absent. */
interface DecodedModel {
  readonly graph?: {
    readonly initializer?: readonly {
      readonly name?: string;
      readonly dims?: readonly number[];
      readonly dataType?: number;
      readonly rawData?: Uint8Array;
    }[];
  };
}

/** Little-endian bytes as numbers, on any machine: the reverse of `float32Bytes`. */
function float32Values(bytes: Uint8Array): Float32Array {
  const copy = new Uint8Array(bytes);
  if (!isLittleEndian) Buffer.from(copy.buffer).swap32();
  return new Float32Array(copy.buffer);
}
