import vader from "vader-sentiment"

/** Name and version of what scores documents; stored beside each score. */
export const scorer = "vader-sentiment@1.1.3"

/** VADER's compound score of a text, in [-1, 1] (Hutto and Gilbert 2014). */
export const scoreText = (text: string): number => vader.SentimentIntensityAnalyzer.polarity_scores(text).compound + 0
