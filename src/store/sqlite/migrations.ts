import { SqlClient } from "@effect/sql"
import { Effect } from "effect"

const statements = (...all: ReadonlyArray<string>) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => Effect.forEach(all, (statement) => sql.unsafe(statement), { discard: true })
  )

/**
 * The schema, step by step; a step that has been released never changes. Instants are integers (ms), names are written
 * once and referred to by number, and bulk data are chunks: columns of many rows in one BLOB (`src/store/codec`).
 */
export const migrations = {
  "0001_event_log": statements(
    "CREATE TABLE markets (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    `CREATE TABLE log_head (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      sequence INTEGER NOT NULL,
      appended_at INTEGER NOT NULL
    )`,
    "INSERT INTO log_head (id, sequence, appended_at) VALUES (1, 0, 0)",
    // a number once given to a chunk is never given again: a scan that has listed it must not find another one there
    `CREATE TABLE event_chunks (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      market INTEGER NOT NULL REFERENCES markets (id),
      kind INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      first_sequence INTEGER NOT NULL,
      last_sequence INTEGER NOT NULL,
      first_available_at INTEGER NOT NULL,
      last_available_at INTEGER NOT NULL,
      data BLOB NOT NULL
    )`,
    "CREATE INDEX event_chunks_by_market ON event_chunks (market, kind, first_available_at)",
    `CREATE TABLE news_ids (
      market INTEGER NOT NULL REFERENCES markets (id),
      source TEXT NOT NULL,
      document TEXT NOT NULL,
      PRIMARY KEY (market, source, document)
    ) WITHOUT ROWID`,
    `CREATE TABLE imports (
      digest TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      events INTEGER NOT NULL,
      duplicates INTEGER NOT NULL,
      sequence INTEGER NOT NULL
    ) WITHOUT ROWID`
  ),
  "0002_features": statements(
    `CREATE TABLE feature_groups (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      version TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      definition TEXT NOT NULL,
      UNIQUE (name, version)
    )`,
    `CREATE TABLE feature_chunks (
      id INTEGER PRIMARY KEY,
      feature_group INTEGER NOT NULL REFERENCES feature_groups (id),
      market INTEGER NOT NULL REFERENCES markets (id),
      every INTEGER NOT NULL,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      log_sequence INTEGER NOT NULL,
      data BLOB NOT NULL
    )`,
    "CREATE INDEX feature_chunks_by_market ON feature_chunks (feature_group, market, every, first_at)",
    `CREATE TABLE served_chunks (
      id INTEGER PRIMARY KEY,
      feature_group INTEGER NOT NULL REFERENCES feature_groups (id),
      row_count INTEGER NOT NULL,
      data BLOB NOT NULL
    )`,
    `CREATE TABLE external_values (
      feature_group INTEGER NOT NULL REFERENCES feature_groups (id),
      market INTEGER NOT NULL REFERENCES markets (id),
      feature TEXT NOT NULL,
      timestamp INTEGER NOT NULL,
      available_at INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      value NOT NULL,
      PRIMARY KEY (feature_group, market, feature, timestamp, available_at, sequence)
    ) WITHOUT ROWID`
  ),
  "0003_decisions": statements(
    `CREATE TABLE decisions (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      document TEXT NOT NULL
    )`
  ),
  "0004_event_tail": statements(
    // as with chunks, a number is never given again
    `CREATE TABLE event_tail (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind INTEGER NOT NULL,
      row_count INTEGER NOT NULL,
      first_sequence INTEGER NOT NULL,
      last_sequence INTEGER NOT NULL,
      first_available_at INTEGER NOT NULL,
      last_available_at INTEGER NOT NULL,
      markets BLOB NOT NULL,
      data BLOB NOT NULL
    )`,
    "ALTER TABLE log_head ADD COLUMN merged_to INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE log_head ADD COLUMN merged_market INTEGER NOT NULL DEFAULT 0"
  ),
  "0005_retention": statements("ALTER TABLE log_head ADD COLUMN complete_since INTEGER NOT NULL DEFAULT 0")
}

/** The newest migration that this program knows. */
export const knownSchema = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))
