import protobuf from 'protobufjs/minimal.js';
import type { Constant, Graph, GraphNode, Port } from './onnx-model.ts';

/** Field numbers of the messages of onnx.proto (ONNX 1.13, IR version 8) that are written here. */
const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8 } as const;
const OPERATOR_SET = { version: 2 } as const;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, i: 3, ints: 8, type: 20 } as const;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const;
const VALUE_INFO = { name: 1, type: 2 } as const;
const TYPE = { tensorType: 1 } as const;
const TENSOR_TYPE = { elemType: 1, shape: 2 } as const;
const SHAPE = { dim: 1 } as const;
const DIMENSION = { value: 1, param: 2 } as const;

/** Values of AttributeProto.AttributeType. */
const INT = 2;
const INTS = 7;

/** Wire types of protobuf. */
const VARINT = 0;
const BYTES = 2;

type Write = (writer: protobuf.Writer) => void;

function message(writer: protobuf.Writer, field: number, write: Write): void {
  writer.uint32((field << 3) | BYTES).fork();
  write(writer);
  writer.ldelim();
}

function anyText(writer: protobuf.Writer, field: number, value: string): void {
  writer.uint32((field << 3) | BYTES).string(value);
}

/** A field that stands alone: its default is left out. */
function text(writer: protobuf.Writer, field: number, value: string): void {
  if (value !== '') anyText(writer, field, value);
}

function integer(writer: protobuf.Writer, field: number, value: number): void {
  if (value !== 0) writer.uint32((field << 3) | VARINT).int64(value);
}

function integers(writer: protobuf.Writer, field: number, values: readonly number[]): void {
  if (values.length === 0) return;
  message(writer, field, (packed) => {
    for (const value of values) packed.int64(value);
  });
}

function writeAttribute(writer: protobuf.Writer, name: string, value: number | readonly number[]): void {
  text(writer, ATTRIBUTE.name, name);
  if (typeof value === 'number') integer(writer, ATTRIBUTE.i, value);
  else integers(writer, ATTRIBUTE.ints, value);
  integer(writer, ATTRIBUTE.type, typeof value === 'number' ? INT : INTS);
}

function writeNode(writer: protobuf.Writer, { op, inputs, output, attributes = {} }: GraphNode): void {
  // An empty one stands for an input that is left out.
  for (const input of inputs) anyText(writer, NODE.input, input);
  text(writer, NODE.output, output);
  text(writer, NODE.name, output);
  text(writer, NODE.opType, op);
  for (const [name, value] of Object.entries(attributes)) {
    message(writer, NODE.attribute, (inner) => writeAttribute(inner, name, value));
  }
}

function writeTensor(writer: protobuf.Writer, { name, element, dims, data }: Constant): void {
  integers(writer, TENSOR.dims, dims);
  integer(writer, TENSOR.dataType, element);
  text(writer, TENSOR.name, name);
  writer.uint32((TENSOR.rawData << 3) | BYTES).bytes(data);
}

function writeDimension(writer: protobuf.Writer, side: number | string): void {
  if (typeof side === 'number') integer(writer, DIMENSION.value, side);
  else text(writer, DIMENSION.param, side);
}

function writePort(writer: protobuf.Writer, { name, element, dims }: Port): void {
  text(writer, VALUE_INFO.name, name);
  message(writer, VALUE_INFO.type, (type) =>
    message(type, TYPE.tensorType, (tensor) => {
      integer(tensor, TENSOR_TYPE.elemType, element);
      message(tensor, TENSOR_TYPE.shape, (shape) => {
        for (const side of dims) message(shape, SHAPE.dim, (inner) => writeDimension(inner, side));
      });
    }),
  );
}

function writeGraph(writer: protobuf.Writer, { nodes, name, constants, input, outputs }: Graph): void {
  for (const node of nodes) message(writer, GRAPH.node, (inner) => writeNode(inner, node));
  text(writer, GRAPH.name, name);
  for (const constant of constants) {
    message(writer, GRAPH.initializer, (inner) => writeTensor(inner, constant));
  }
  message(writer, GRAPH.input, (inner) => writePort(inner, input));
  for (const output of outputs) message(writer, GRAPH.output, (inner) => writePort(inner, output));
}

/**
 * The graph as the bytes of an ONNX model, opset 13. The same graph gives the same bytes. Cost: three times
 * the constants in memory at its peak. Only the writer of protobufjs is used: its schemas take 50 ms to load,
 * in every child.
 */
export function encodeOnnx(graph: Graph): Uint8Array {
  const writer = protobuf.Writer.create();
  integer(writer, MODEL.irVersion, 8);
  text(writer, MODEL.producerName, 'verger');
  message(writer, MODEL.graph, (inner) => writeGraph(inner, graph));
  message(writer, MODEL.opsetImport, (inner) => integer(inner, OPERATOR_SET.version, 13));
  return writer.finish();
}

/** The fields of a message one after the other: whoever is given one reads its value, or skips it. */
function* fields(reader: protobuf.Reader): Generator<{ field: number; wire: number }> {
  const { len } = reader;
  while (reader.pos < len) {
    const tag = reader.uint32();
    yield { field: tag >>> 3, wire: tag & 7 };
  }
}

/** A reader of the message that stands in a field. */
const readInner = (reader: protobuf.Reader) => protobuf.Reader.create(reader.bytes());

function readTensor(reader: protobuf.Reader): Constant {
  let [name, element] = ['', 0];
  let data: Uint8Array = new Uint8Array();
  const dims: number[] = [];
  for (const { field, wire } of fields(reader)) {
    if (field === TENSOR.dims) {
      const packed = readInner(reader);
      while (packed.pos < packed.len) dims.push(Number(packed.int64()));
    } else if (field === TENSOR.dataType) element = Number(reader.int64());
    else if (field === TENSOR.name) name = reader.string();
    else if (field === TENSOR.rawData) data = reader.bytes();
    else reader.skipType(wire);
  }
  return { name, element, dims, data };
}

/**
 * The constants of a model that `encodeOnnx` made; their data is part of its bytes. Throws what protobufjs
 * throws for other bytes.
 */
export function decodeConstants(model: Uint8Array): Constant[] {
  const constants: Constant[] = [];
  const top = protobuf.Reader.create(model);
  for (const { field, wire } of fields(top)) {
    if (field !== MODEL.graph) top.skipType(wire);
    else {
      const graph = readInner(top);
      for (const { field: part, wire: kind } of fields(graph)) {
        if (part === GRAPH.initializer) constants.push(readTensor(readInner(graph)));
        else graph.skipType(kind);
      }
    }
  }
  return constants;
}
