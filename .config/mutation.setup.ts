import { FastCheck } from "effect"

// The same histories for every mutant; one that dies need not be told of in the fewest words
FastCheck.configureGlobal({ seed: 1, endOnFailure: true })
