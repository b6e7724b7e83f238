import { Either } from "effect"

/** What `npm run bench` was asked for. */
export interface Asked {
  readonly isHelp: boolean
  readonly isJson: boolean
  readonly rounds: number
  /** in the order of the words; all parts where none is named */
  readonly names: ReadonlyArray<string>
}

const flags = ["--rounds N", "--json", "--help"]

export const usage = (parts: ReadonlyArray<string>): string =>
  `Does the same work on the same data with this project, with peers and with bare loops, and prints how they compare.

Usage: npm run bench -- [parts] [flags]

Parts, all where none is named
  ${parts.join(", ")}

Flags
  --rounds N  no more rounds than this of any work: for a quick look
  --json      one JSON document on stdout, and nothing else there (with npm run --silent)
  --help      print this
`

/** Reads the words of the command line; or says what is wrong with them, and what there is. */
export const readArguments = (
  words: ReadonlyArray<string>,
  parts: ReadonlyArray<string>
): Either.Either<Asked, string> => {
  const names: Array<string> = []
  let asked: Asked = { isHelp: false, isJson: false, rounds: Infinity, names }
  const left = words.flatMap((word) =>
    word.startsWith("--rounds=") ? ["--rounds", word.slice("--rounds=".length)] : [word]
  )
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--help" || word === "-h") asked = { ...asked, isHelp: true }
    else if (word === "--json") asked = { ...asked, isJson: true }
    else if (word === "--rounds") {
      const count = left.shift() ?? ""
      if (!/^[1-9]\d{0,5}$/u.test(count)) return Either.left("--rounds wants a number from 1")
      asked = { ...asked, rounds: Number(count) }
    } else if (word.startsWith("-")) {
      return Either.left(`no flag ${word}: there are ${flags.join(", ")}`)
    } else if (!parts.includes(word)) {
      return Either.left(`no part ${word}: there are ${parts.join(", ")}`)
    } else if (!names.includes(word)) names.push(word)
  }
  return Either.right(asked)
}
