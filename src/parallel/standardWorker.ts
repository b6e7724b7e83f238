/** The entry of threads that compute the shipped computers, as this package is installed; see `featureWorkers`. */
export const standardWorker = new URL("../worker.js", import.meta.url)
