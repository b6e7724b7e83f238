import { eng } from "stopword"
import { wordsOf } from "../state/NewsWindow.js"

/** Words that questions are made of, beyond the library's list. */
const questionWords = ["will", "does", "when", "whether", "shall"]

const stopWords: ReadonlySet<string> = new Set([...eng, ...questionWords])

/** The words of a market's question that tell what it is about: of 4 letters or more, stop words out. */
export const keywordsOf = (question: string): ReadonlyArray<ReadonlyArray<string>> =>
  [...new Set(wordsOf(question))].filter((word) => [...word].length >= 4 && !stopWords.has(word)).map((word) => [word])

/** Configured keywords; one of several words is met where its words follow each other. */
export const phrasesOf = (keywords: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  keywords.map(wordsOf).filter((phrase) => phrase.length > 0)

/** Whether any of the phrases stands in the text, as whole words. */
export const mentions = (words: ReadonlyArray<string>, phrases: ReadonlyArray<ReadonlyArray<string>>): boolean =>
  phrases.some((phrase) => words.some((_, start) => phrase.every((word, i) => words[start + i] === word)))
