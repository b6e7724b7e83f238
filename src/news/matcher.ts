import picomatch from "picomatch"
import { keywordsOf, phrasesOf } from "../computers/keywords.js"
import type { MarketId } from "../domain/MarketId.js"
import { wordsOf } from "../state/NewsWindow.js"
import type { NewsSettings } from "./settings.js"

/** What is to be known of a market to tell whether a document is about it. */
export interface NewsMarket {
  readonly id: MarketId
  readonly slug: string | undefined
  readonly question: string
}

type Phrase = ReadonlyArray<string>

interface Subject {
  readonly id: MarketId
  /** phrases that a document must hold to be about it */
  readonly least: number
}

interface Mention {
  readonly subject: Subject
  readonly phrase: Phrase
}

export type MatcherSettings = Pick<NewsSettings, "keywords" | "minQuestionWords">

/**
 * Tells which markets a text is about: those of whose own keywords it holds one, and those without any of whose question's
 * words it holds enough. Whole words, whatever their case and form (NFKC).
 */
export const makeMatcher = (markets: ReadonlyArray<NewsMarket>, settings: MatcherSettings) => {
  const own = Object.entries(settings.keywords).map(([glob, keywords]) => ({
    isMeant: picomatch(glob, { bash: true, dot: true }),
    phrases: phrasesOf(keywords)
  }))
  /** by the first word of each phrase: a text is gone through once, however many markets there are */
  const mentions = new Map<string, Array<Mention>>()
  for (const { id, question, slug } of markets) {
    const configured = own.find(({ isMeant }) => isMeant(id) || (slug !== undefined && isMeant(slug)))?.phrases
    const phrases = configured ?? keywordsOf(question)
    const subject = { id, least: configured === undefined ? Math.min(settings.minQuestionWords, phrases.length) : 1 }
    for (const phrase of phrases) {
      const [first = ""] = phrase
      const others = mentions.get(first)
      if (others === undefined) mentions.set(first, [{ subject, phrase }])
      else others.push({ subject, phrase })
    }
  }
  return (text: string): ReadonlyArray<MarketId> => {
    const words = wordsOf(text)
    const found = new Map<Subject, Set<Phrase>>()
    words.forEach((word, at) => {
      for (const { phrase, subject } of mentions.get(word) ?? []) {
        if (!phrase.every((part, i) => words[at + i] === part)) continue
        const phrases = found.get(subject) ?? new Set()
        found.set(subject, phrases.add(phrase))
      }
    })
    return [...found].flatMap(([{ id, least }, phrases]) => phrases.size >= least ? [id] : [])
  }
}
