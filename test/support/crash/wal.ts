/** Where the transactions of a write-ahead log end: https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const headerBytes = 32
const frameHeaderBytes = 24

/**
 * The offsets at which the commits of the log's current generation end. Behind them may lie frames of the generation
 * before, which were written back into the database; they have other salts.
 */
export const commitEnds = (wal: Buffer): ReadonlyArray<number> => {
  if (wal.length < headerBytes) return []
  const frameBytes = frameHeaderBytes + wal.readUInt32BE(8)
  const salts = wal.subarray(16, 24)
  const ends: Array<number> = []
  for (let at = headerBytes; at + frameBytes <= wal.length; at += frameBytes) {
    if (!salts.equals(wal.subarray(at + 8, at + 16))) break
    // the size of the database after a commit; 0 in frames that are not the last of one
    if (wal.readUInt32BE(at + 4) !== 0) ends.push(at + frameBytes)
  }
  return ends
}
