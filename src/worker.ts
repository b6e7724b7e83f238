import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Layer } from "effect"
import { standardComputers } from "./computers/standard.js"
import { featureWorker } from "./parallel/featureWorker.js"

// The entry of the threads on which the command line computes: those of the shipped computers
NodeRuntime.runMain(featureWorker(standardComputers, Layer.empty), {
  disableErrorReporting: true,
  disablePrettyLogger: true
})
