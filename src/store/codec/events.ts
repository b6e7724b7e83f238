import type { Buffer } from "node:buffer"
import { type EventKind, eventKinds } from "../../domain/Event.js"
import type { EventColumns, FlatLevels } from "../../domain/EventColumns.js"
import { tabulate } from "../../domain/tabulate.js"
import type { ByteReader, ByteWriter } from "./bytes.js"
import { readNumbers, writeNumbers } from "./numbers.js"
import { Documents, Interruptions, Snapshots } from "./payloads.js"
import { seal, unseal } from "./seal.js"
import { readJson, readNames, writeJson, writeNames } from "./text.js"

/** Every kind has a format of its own: columns of one are never read as another's. */
const formatOf = (kind: EventKind): number => 0x100 + eventKinds.indexOf(kind)

const writeLevels = (writer: ByteWriter, levels: FlatLevels): void => {
  writeNumbers(writer, levels.start)
  writeNumbers(writer, levels.price)
  writeNumbers(writer, levels.size)
}

const readLevels = (reader: ByteReader, rows: number): FlatLevels => {
  const start = readNumbers(reader, rows + 1)
  const items = start[rows] ?? 0
  return { start, price: readNumbers(reader, items), size: readNumbers(reader, items) }
}

const writeColumns = (writer: ByteWriter, columns: EventColumns): void => {
  writer.u32(columns.rows)
  writeNumbers(writer, columns.sequence)
  writeNumbers(writer, columns.availableAt)
  writeNumbers(writer, columns.eventTime.map((time, row) => time - (columns.availableAt[row] ?? 0)))
  writeNames(writer, columns.source)
  switch (columns.kind) {
    case "quote":
      writeNumbers(writer, columns.bestBid)
      writeNumbers(writer, columns.bestAsk)
      writeNumbers(writer, columns.volume24h)
      break
    case "book":
      writeLevels(writer, columns.bids)
      writeLevels(writer, columns.asks)
      break
    case "price_change":
      writeLevels(writer, columns.changes)
      writeNumbers(writer, columns.side)
      break
    case "trade":
      writeNumbers(writer, columns.price)
      writeNumbers(writer, columns.size)
      writeNumbers(writer, columns.side)
      break
    case "market":
      writeJson(writer, Snapshots, columns.payload)
      break
    case "news":
      writeJson(writer, Documents, columns.payload)
      break
    case "gap":
    case "gap_end":
      writeJson(writer, Interruptions, columns.payload)
      break
    case "resolution":
      writeNumbers(writer, columns.outcome)
      break
    case "market_closed":
      break
  }
}

/** One chunk of the log: events of one market and kind, in the log's order. */
export const encodeEvents = (columns: EventColumns): Buffer =>
  seal(formatOf(columns.kind), (writer) => {
    writeColumns(writer, columns)
  })

const readColumns = (kind: EventKind, reader: ByteReader): EventColumns => {
  const length = reader.u32()
  const sequence = readNumbers(reader, length)
  const availableAt = readNumbers(reader, length)
  const delay = readNumbers(reader, length)
  const rows = {
    rows: length,
    sequence,
    availableAt,
    eventTime: tabulate(length, (row) => (delay[row] ?? NaN) + (availableAt[row] ?? NaN)),
    source: readNames(reader, length)
  }
  switch (kind) {
    case "quote":
      return {
        kind,
        ...rows,
        bestBid: readNumbers(reader, length),
        bestAsk: readNumbers(reader, length),
        volume24h: readNumbers(reader, length)
      }
    case "book":
      return { kind, ...rows, bids: readLevels(reader, length), asks: readLevels(reader, length) }
    case "price_change": {
      const changes = readLevels(reader, length)
      return { kind, ...rows, changes, side: readNumbers(reader, changes.price.length) }
    }
    case "trade":
      return {
        kind,
        ...rows,
        price: readNumbers(reader, length),
        size: readNumbers(reader, length),
        side: readNumbers(reader, length)
      }
    case "market":
      return { kind, ...rows, payload: readJson(reader, Snapshots) }
    case "news":
      return { kind, ...rows, payload: readJson(reader, Documents) }
    case "gap":
    case "gap_end":
      return { kind, ...rows, payload: readJson(reader, Interruptions) }
    case "resolution":
      return { kind, ...rows, outcome: readNumbers(reader, length) }
    case "market_closed":
      return { kind, ...rows }
  }
}

/** The events of a chunk, bit for bit as encoded; or why the bytes cannot be read. */
export const decodeEvents = (kind: EventKind, bytes: Uint8Array): EventColumns | string =>
  unseal(formatOf(kind), bytes, (reader) => readColumns(kind, reader))
