import { Effect, type Scope } from "effect"
import { seeded } from "../../src/audit/random.js"

/** What one round has tried, and what it found. */
export interface Findings {
  /** how often that was tried which the campaign is about */
  readonly tried: number
  /** what was lost or wrong, a line each */
  readonly wrong: ReadonlyArray<string>
  /** how often the round came across what it has to come across to prove anything, by name */
  readonly met: Readonly<Record<string, number>>
}

/** A test that is run over and over, each time from another seed. */
export interface Campaign {
  readonly name: string
  /** what is tried, in the words of the table */
  readonly what: string
  readonly rounds: { readonly short: number; readonly nightly: number }
  /** ms that a round is meant to take, where that is long */
  readonly lasts?: number
  /** names in `met`: rounds that never came across one of them have proved nothing */
  readonly meets: ReadonlyArray<string>
  /** Makes what all rounds share, and gives the round. */
  readonly prepare: Effect.Effect<Run, never, Scope.Scope>
}

/** One round. Whatever it dies of is a finding too. The same seed does the same, as far as the machine does. */
export type Run = (seed: number) => Effect.Effect<Findings, never, Scope.Scope>

/** So many rounds in a short run, twenty times as many in a nightly one. */
export const rounds = (short: number): Campaign["rounds"] => ({ short, nightly: 20 * short })

/** Gathers what a round finds as it goes. */
export class Notes {
  tried = 0
  readonly #wrong: Array<string> = []
  readonly #met = new Map<string, number>()

  /** Notes what is wrong, if anything is. */
  found(...problems: ReadonlyArray<string>): void {
    this.#wrong.push(...problems)
  }

  /** Notes a problem unless `holds`. */
  demand(holds: boolean, problem: () => string): void {
    if (!holds) this.#wrong.push(problem())
  }

  meet(name: string, times = 1): void {
    this.#met.set(name, (this.#met.get(name) ?? 0) + times)
  }

  get findings(): Findings {
    return { tried: this.tried, wrong: [...this.#wrong], met: Object.fromEntries(this.#met) }
  }
}

/** A round that takes notes and draws from the sequence of its seed. */
export const noting = <E>(
  round: (notes: Notes, draw: Draw, seed: number) => Effect.Effect<unknown, E, Scope.Scope>
): Run =>
(seed) =>
  Effect.suspend(() => {
    const notes = new Notes()
    return Effect.orDie(Effect.map(round(notes, drawing(seed), seed), () => notes.findings))
  })

export type Draw = ReturnType<typeof drawing>

/** Draws from the sequence of a seed. */
export const drawing = (seed: number) => {
  const random = seeded(seed)
  const below = (most: number) => Math.floor(random() * most)
  return {
    /** a fraction below 1 */
    random,
    /** an integer from 0, below `most` */
    below,
    /** an integer from `least` to `most`, inclusive */
    within: (least: number, most: number) => least + below(most - least + 1),
    one: <A>(choices: readonly [A, ...ReadonlyArray<A>]): A => choices[below(choices.length)] ?? choices[0]
  }
}
