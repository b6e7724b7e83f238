/** What tears syntax and numbers apart. */
const torn = [
  "",
  "\"",
  "}",
  "[",
  ",",
  "\n",
  "\r",
  "\u0000",
  "\\",
  "-",
  "9",
  "1e999",
  "NaN",
  "null",
  "__proto__",
  "\ufeff",
  "é"
].map((text) => Buffer.from(text))

/** Bytes with some changed, taken away, put in or told twice: anywhere, and mostly few of them. */
export const mutatedBytes = (random: () => number, bytes: Uint8Array): Buffer => {
  const below = (most: number) => Math.floor(random() * most)
  let out = Buffer.from(bytes)
  for (let i = below(5); i >= 0; i--) {
    const at = below(out.length + 1)
    const length = below(8) === 0 ? below(200) : below(4)
    const put = below(2) === 0
      ? torn[below(torn.length)] ?? Buffer.alloc(0)
      : Buffer.from(Array.from({ length: below(4) }, () => below(256)))
    switch (below(4)) {
      case 0:
        out = out.subarray(0, at)
        break
      case 1:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + length), out.subarray(at)])
        break
      default:
        out = Buffer.concat([out.subarray(0, at), put, out.subarray(at + length)])
    }
  }
  return out
}
