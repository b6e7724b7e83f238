import { Effect, Layer, Stream } from "effect"
import { decodeChunk } from "../../src/store/codec/chunks.js"
import {
  type EncodedChunk,
  type ExternalRow,
  FeatureRepository,
  type GroupKey,
  type MaterialisedChunk,
  type RegisteredGroup,
  type ServedAnswer
} from "../../src/store/FeatureRepository.js"

const isSame = (a: GroupKey, b: GroupKey) => a.name === b.name && a.version === b.version

const lastOf = ({ everyMillis, firstAt, rows }: MaterialisedChunk) => firstAt + (rows - 1) * everyMillis

const decodedChunk = ({ data, ...place }: EncodedChunk): MaterialisedChunk => {
  const columns = decodeChunk(data)
  // not by an assertion of the test runner: this also runs without it
  if (typeof columns === "string") throw new Error(columns)
  return { ...place, ...columns }
}

interface Filed {
  readonly group: GroupKey
  readonly chunk: MaterialisedChunk
}

/** What a repository keeps, on plain lists. */
class PlainRepository {
  groups: ReadonlyArray<RegisteredGroup> = []
  materialised: ReadonlyArray<Filed> = []
  served: ReadonlyArray<ServedAnswer> = []
  external: ReadonlyArray<ExternalRow> = []

  register(added: ReadonlyArray<RegisteredGroup>) {
    for (const group of added) {
      if (!this.groups.some((known) => isSame(known, group))) this.groups = [...this.groups, group]
    }
  }

  chunksOf(group: GroupKey, isWanted: (chunk: MaterialisedChunk) => boolean): ReadonlyArray<MaterialisedChunk> {
    return this.materialised.filter((filed) => isSame(filed.group, group) && isWanted(filed.chunk))
      .map((filed) => filed.chunk)
      .sort((a, b) => a.firstAt - b.firstAt)
  }

  /** The newest timestamp, then the newest availableAt, then the last stored. */
  inForce(group: GroupKey, market: string, at: number): ReadonlyArray<ExternalRow> {
    const inForce = new Map<string, ExternalRow>()
    for (const row of this.external) {
      if (!isSame(row.group, group) || row.market !== market || row.timestamp > at || row.availableAt > at) continue
      const best = inForce.get(row.feature)
      if (
        best === undefined || row.timestamp > best.timestamp ||
        (row.timestamp === best.timestamp && row.availableAt >= best.availableAt)
      ) inForce.set(row.feature, row)
    }
    return [...inForce.values()]
  }
}

export const plainFeatureRepository = Layer.sync(FeatureRepository, () => {
  const plain = new PlainRepository()
  return FeatureRepository.of({
    registered: Effect.sync(() =>
      [...plain.groups].sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1)
    ),
    register: (groups) => Effect.sync(() => plain.register(groups)),
    writeMaterialised: (group, chunks, replaced) =>
      Effect.sync(() => {
        const isReplaced = (chunk: MaterialisedChunk) =>
          replaced.some((one) =>
            one.market === chunk.market && one.everyMillis === chunk.everyMillis && one.firstAt === chunk.firstAt
          )
        plain.materialised = [
          ...plain.materialised.filter((filed) => !isSame(filed.group, group) || !isReplaced(filed.chunk)),
          ...chunks.map((chunk) => ({ group, chunk: "data" in chunk ? decodedChunk(chunk) : chunk }))
        ]
      }),
    together: (writes) =>
      Effect.suspend(() => {
        const { external, groups, materialised, served } = plain
        return Effect.onError(
          writes,
          () => Effect.sync(() => Object.assign(plain, { external, groups, materialised, served }))
        )
      }),
    coverage: (group, market, everyMillis) =>
      Effect.sync(() =>
        plain.chunksOf(group, (chunk) => chunk.market === market && chunk.everyMillis === everyMillis)
          .map(({ firstAt, logSequence, rows }) => ({ firstAt, rows, logSequence }))
      ),
    readMaterialised: (group, market, from, to) =>
      Effect.sync(() =>
        plain.chunksOf(group, (chunk) => chunk.market === market && chunk.firstAt <= to && lastOf(chunk) >= from)
      ),
    writeServed: (answers) =>
      Effect.sync(() => {
        plain.served = [...plain.served, ...answers]
      }),
    served: Stream.unwrap(Effect.sync(() => Stream.fromIterable(plain.served))),
    storeExternal: (rows) =>
      Effect.sync(() => {
        plain.external = [...plain.external, ...rows]
      }),
    externalAsOf: (group, market, at) =>
      Effect.sync(() =>
        plain.inForce(group, market, at).map(({ feature, timestamp, value }) => ({
          feature,
          timestamp,
          // as SQLite keeps a truth value
          value: typeof value === "boolean" ? Number(value) : value
        }))
      ),
    externalHistory: (group, market) =>
      Effect.sync(() => {
        const own = plain.external.map((row, index) => ({ ...row, sequence: index + 1 }))
          .filter((row) => isSame(row.group, group) && row.market === market)
          .sort((a, b) => a.timestamp - b.timestamp || a.availableAt - b.availableAt || a.sequence - b.sequence)
        return [...new Set(own.map(({ feature }) => feature))].sort().map((feature) => {
          const rows = own.filter((row) => row.feature === feature)
          return {
            feature,
            timestamp: Float64Array.from(rows, (row) => row.timestamp),
            availableAt: Float64Array.from(rows, (row) => row.availableAt),
            sequence: Float64Array.from(rows, (row) => row.sequence),
            value: rows.map(({ value }) => typeof value === "boolean" ? Number(value) : value)
          }
        })
      })
  })
})
