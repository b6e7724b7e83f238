import vader from "vader-sentiment"

/** Name and version of what scores documents; stored beside each score. */
export const scorer = "vader-sentiment@1.1.3"

/** No word of the lexicon is as long, and the library's test for capitals takes cubic time in the length of a word. */
const longestWord = 64
const overlong = new RegExp(`(\\S{${longestWord}})\\S+`, "gu")

/** VADER's compound score of a text, in [-1, 1] (Hutto and Gilbert 2014); overlong words are cut. */
export const scoreText = (text: string): number =>
  vader.SentimentIntensityAnalyzer.polarity_scores(text.replace(overlong, "$1")).compound + 0
