import { Either, Schema } from "effect"
import { Buffer } from "node:buffer"
import { deflateRawSync, inflateRawSync } from "node:zlib"
import { tabulate } from "../../domain/tabulate.js"
import type { ByteReader, ByteWriter } from "./bytes.js"
import { readNumbers, writeNumbers } from "./numbers.js"

/** Below this many bytes compression costs more than it saves. */
const worthDeflating = 256

const writeText = (writer: ByteWriter, text: string): void => {
  const plain = Buffer.from(text, "utf8")
  const packed = plain.length < worthDeflating ? plain : deflateRawSync(plain)
  const deflated = packed.length < plain.length
  writer.u8(deflated ? 1 : 0)
  writer.u32(deflated ? packed.length : plain.length)
  writer.bytes(deflated ? packed : plain)
}

const readText = (reader: ByteReader): string => {
  const deflated = reader.u8() === 1
  const length = reader.u32()
  const { buffer, offset } = reader.bytes(length)
  const bytes = Buffer.from(buffer, offset, length)
  return (deflated ? inflateRawSync(bytes) : bytes).toString("utf8")
}

/** A list of values as JSON by `schema`. */
export const writeJson = <A, I>(
  writer: ByteWriter,
  schema: Schema.Schema<ReadonlyArray<A>, I>,
  values: ReadonlyArray<A>
): void => writeText(writer, JSON.stringify(Schema.encodeSync(schema)(values)))

export const readJson = <A, I>(
  reader: ByteReader,
  schema: Schema.Schema<ReadonlyArray<A>, I>
): ReadonlyArray<A> => Either.getOrThrow(Schema.decodeUnknownEither(Schema.parseJson(schema))(readText(reader)))

const Names = Schema.Array(Schema.String)

/** A column of names that repeat, absent ones among them: the distinct names, and a code for each row. */
export const writeNames = (writer: ByteWriter, values: ReadonlyArray<string | undefined>): void => {
  if (values.every((value) => value === undefined)) return writer.u8(0)
  const codes = new Map<string, number>()
  const column = tabulate(values.length, (row) => {
    const value = values[row]
    if (value === undefined) return NaN
    const code = codes.get(value) ?? codes.size
    if (code === codes.size) codes.set(value, code)
    return code
  })
  writer.u8(1)
  writeJson(writer, Names, [...codes.keys()])
  writeNumbers(writer, column)
}

export const readNames = (reader: ByteReader, length: number): ReadonlyArray<string | undefined> => {
  if (reader.u8() === 0) return new Array<string | undefined>(length).fill(undefined)
  const names = readJson(reader, Names)
  const codes = readNumbers(reader, length)
  const column: Array<string | undefined> = []
  for (let row = 0; row < length; row++) column.push(names[codes[row] ?? NaN])
  return column
}
