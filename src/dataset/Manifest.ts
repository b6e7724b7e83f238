import { Either, Schema } from "effect"
import { canonicalJson, hashOf } from "../features/fingerprint.js"
import { ColumnType } from "./columns.js"

/** Under this name a manifest stands in the metadata of Parquet and Arrow files. */
export const manifestKey = "feature_store.dataset"

/** Where the manifest of a dataset stands whose format has no place for it. */
export const manifestFileOf = (file: string): string => `${file}.manifest.json`

const Count = Schema.NonNegativeInt
const Sha256 = Schema.TemplateLiteral("sha256:", Schema.String)

/** Where the values of a feature come from. */
const FeatureSource = Schema.Struct({
  group: Schema.String,
  version: Schema.String,
  feature: Schema.String,
  unit: Schema.String,
  fingerprint: Schema.String,
  /** older values are STALE; null is unlimited */
  max_age_ms: Schema.NullOr(Schema.Finite)
})

/**
 * One column of a dataset. `key` are market and timestamp, `spine` the columns carried through; `status`, `reason` and
 * `age` belong to the feature whose name they begin with.
 */
const ManifestColumn = Schema.Struct({
  name: Schema.String,
  type: ColumnType,
  role: Schema.Literal("key", "spine", "feature", "status", "reason", "age", "label"),
  nulls: Count,
  feature: Schema.optional(FeatureSource),
  /** of a feature, how many rows were null for which reason; absent where nobody counted them (after a split) */
  reasons: Schema.optional(Schema.Record({ key: Schema.String, value: Count })),
  /** of a feature, how many values were older than max age; null in the dataset unless `keep_stale` */
  stale: Schema.optional(Count)
})
export type ManifestColumn = typeof ManifestColumn.Type

/** Which part of another dataset this one is. */
const Part = Schema.Struct({
  parent: Sha256,
  part: Schema.String,
  /** bounds on timestamp, the first inclusive, the second exclusive; null is open */
  from: Schema.NullOr(Schema.Int),
  before: Schema.NullOr(Schema.Int),
  embargo_ms: Count
})

/** What a dataset is: everything that its values depend on, and what they hold. The same build gives the same manifest. */
export const Manifest = Schema.Struct({
  format: Schema.Literal("feature-store-dataset/1"),
  id: Sha256,
  rows: Count,
  first_timestamp: Schema.NullOr(Schema.Int),
  last_timestamp: Schema.NullOr(Schema.Int),
  /** the last sequence of the log that the answers could see */
  log_position: Count,
  /** sha256 over the spine as parsed: names, types and cells in order */
  spine: Sha256,
  options: Schema.Struct({ keep_stale: Schema.Boolean, with_status: Schema.Boolean, labels: Schema.Boolean }),
  /**
   * when the newest resolution became known that labels were taken from; null where there is none. `--known-by` this
   * instant gives the same labels again, whatever the clock says.
   */
  labels_known_by: Schema.NullOr(Schema.Int),
  columns: Schema.Array(ManifestColumn),
  part: Schema.optional(Part)
})
export type Manifest = typeof Manifest.Type

/** A manifest before its counts, of which the id does not speak. */
export type Definition = Omit<Manifest, "id" | "columns" | "format" | "first_timestamp" | "last_timestamp"> & {
  readonly columns: ReadonlyArray<Pick<ManifestColumn, "name" | "type" | "role" | "feature">>
}

/** `sha256:` over what determines every cell: spine, features with versions and fingerprints, log position and options. */
export const datasetId = (
  { columns, labels_known_by, log_position, options, part, rows, spine }: Definition
): Manifest["id"] =>
  hashOf(canonicalJson({
    rows,
    spine,
    log_position,
    options,
    labels_known_by,
    part,
    columns: columns.map(({ feature, name, role, type }) => ({ name, type, role, feature }))
  }))

const json = Schema.parseJson(Manifest)
const decode = Schema.decodeUnknownEither(json)
const encode = Schema.encodeSync(Manifest)

export const manifestText = (manifest: Manifest): string => JSON.stringify(encode(manifest), null, 2)

/** Reads a manifest; or says that the text is none. */
export const parseManifest = (text: string): Either.Either<Manifest, "no manifest of this format"> =>
  Either.mapLeft(decode(text), () => "no manifest of this format" as const)
