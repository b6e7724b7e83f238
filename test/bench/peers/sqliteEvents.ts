import Database from "better-sqlite3"

/** A level's new size, as a table of changes holds it. */
export interface Change {
  readonly market: string
  readonly isBid: boolean
  readonly price: number
  readonly size: number
}

/** A table of changes as users would keep them, as durable as this project's log: every commit waits for the disk. */
export const sqliteEvents = (path: string) => {
  const db = new Database(path)
  db.pragma("page_size = 16384")
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = FULL")
  db.exec("CREATE TABLE changes (market TEXT, available_at INTEGER, is_bid INTEGER, price REAL, size REAL)")
  db.exec("CREATE INDEX changes_by_market ON changes (market, available_at)")
  const insert = db.prepare("INSERT INTO changes VALUES (?, ?, ?, ?, ?)")
  return {
    /** Inserts a batch in one transaction. */
    append: (changes: ReadonlyArray<Change>, at: number): void => {
      db.exec("BEGIN IMMEDIATE")
      for (const { isBid, market, price, size } of changes) insert.run(market, at, isBid ? 1 : 0, price, size)
      db.exec("COMMIT")
    },
    /** How many changes the table holds, and the sum of their sizes in millionths. */
    totals: (): readonly [number, number] => {
      const [row = []] = db.prepare("SELECT count(*), sum(CAST(round(size * 1000000) AS INTEGER)) FROM changes").raw()
        .iterate()
      return [Number(row[0] ?? 0), Number(row[1] ?? 0)]
    },
    close: () => db.close()
  }
}
