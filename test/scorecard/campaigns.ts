import type { Campaign } from "./Campaign.js"
import { clockJumps } from "./clockJumps.js"
import { disorder } from "./disorder.js"
import { failingStorage } from "./failingStorage.js"
import { fullDisk } from "./fullDisk.js"
import { fuzzConfig } from "./fuzzConfig.js"
import { fuzzFiles } from "./fuzzFiles.js"
import { fuzzRequests } from "./fuzzRequests.js"
import { killCompaction } from "./killCompaction.js"
import { killImport } from "./killImport.js"
import { killIngest } from "./killIngest.js"
import { killMaterialise } from "./killMaterialise.js"
import { lookAhead } from "./lookAhead.js"
import { parity } from "./parity.js"
import { processes } from "./processes.js"
import { secrets } from "./secrets.js"
import { soak } from "./soak.js"
import { upgrade } from "./upgrade.js"
import { venueFaults } from "./venueFaults.js"
import { walDamage } from "./walDamage.js"

/** All campaigns, in the order of the table. */
export const campaignsOf = (soakMinutes: number): ReadonlyArray<Campaign> => [
  killIngest,
  killImport,
  killMaterialise,
  killCompaction,
  walDamage,
  fullDisk,
  processes,
  clockJumps,
  disorder,
  failingStorage,
  venueFaults,
  fuzzConfig,
  fuzzFiles,
  fuzzRequests,
  lookAhead,
  parity,
  upgrade,
  secrets,
  soak(soakMinutes)
]
