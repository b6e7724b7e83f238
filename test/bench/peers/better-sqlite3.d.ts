/** The part of the driver that the bench uses: it comes without types. */
declare module "better-sqlite3" {
  type Cell = string | number | null

  interface Statement {
    readonly run: (...values: ReadonlyArray<Cell>) => unknown
    readonly get: (...values: ReadonlyArray<Cell>) => unknown
    /** rows as lists of their cells */
    readonly raw: () => { readonly iterate: () => IterableIterator<ReadonlyArray<Cell>> }
  }

  class Database {
    constructor(path: string, options?: { readonly readonly?: boolean })
    pragma(setting: string): unknown
    exec(statements: string): this
    prepare(statement: string): Statement
    close(): this
  }

  export default Database
}
