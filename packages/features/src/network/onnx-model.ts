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

/** A constant's little-endian bytes as numbers, on any machine: the reverse of `float32Bytes`. A copy. */
export function float32Values(bytes: Uint8Array): Float32Array {
  const copy = new Uint8Array(bytes);
  if (!isLittleEndian) Buffer.from(copy.buffer).swap32();
  return new Float32Array(copy.buffer);
}
