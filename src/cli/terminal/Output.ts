import { Context, Effect } from "effect"
import pc from "picocolors"

/** What a command writes to, and draws progress on. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

export type Colors = Omit<ReturnType<typeof pc.createColors>, "isColorSupported">

/** Answers go to stdout, everything said about them to stderr; with `json`, stdout holds one JSON document alone. */
export class Output extends Context.Tag("cli/Output")<Output, {
  readonly json: boolean
  readonly colors: Colors
  /** for text on stderr */
  readonly noteColors: Colors
  /** Text for stdout; ends the line. */
  readonly print: (text: string) => Effect.Effect<void>
  /** Text for stderr; ends the line. */
  readonly note: (text: string) => Effect.Effect<void>
  /** The stream for progress; `undefined` where there shall be none. */
  readonly progress: NodeJS.WriteStream | undefined
}>() {}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ""

/** Colours on a terminal only; `NO_COLOR` turns them off, `FORCE_COLOR` on. */
const colorsFor = (
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>
): Colors => {
  const isWanted = isSet(environment.NO_COLOR) ? false : isSet(environment.FORCE_COLOR)
    ? environment.FORCE_COLOR !== "0"
    : stream.isTTY === true && environment.TERM !== "dumb"
  return pc.createColors(isWanted)
}

/** Returns when the text is with the system. A reader that has gone (`| head`) is no failure: the rest is dropped. */
const write = (stream: NodeJS.WriteStream) => (text: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (!stream.writable) return resume(Effect.void)
    stream.write(`${text}\n`, () => resume(Effect.void))
  })

export const makeOutput = (
  { stderr, stdout }: Streams,
  environment: Readonly<Record<string, string | undefined>>,
  json: boolean
): Output["Type"] => ({
  json,
  colors: colorsFor(stdout, environment),
  noteColors: colorsFor(stderr, environment),
  print: write(stdout),
  note: write(stderr),
  progress: json ? undefined : stderr
})

/** Prints the answer of a command: the document with `--json`, else text for people, built only then. */
export const present = (document: unknown, text: (colors: Colors) => string) =>
  Effect.flatMap(Output, ({ colors, json, print }) => print(json ? JSON.stringify(document, null, 2) : text(colors)))
