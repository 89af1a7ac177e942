import { accessContract } from './access.contract.ts'
import { auditContract } from './audit.contract.ts'
import { baselineContract } from './baseline.contract.ts'
import { checkContract, findingContract, scanContract } from './check.contract.ts'
import { crossvalContract } from './crossval.contract.ts'
import { datasetContract } from './dataset.contract.ts'
import { decisionContract } from './decision.contract.ts'
import { embeddingContract } from './embedding.contract.ts'
import { erasureContract } from './erasure.contract.ts'
import { evaluationContract } from './evaluation.contract.ts'
import { explanationContract } from './explanation.contract.ts'
import { groupMapsContract } from './group-maps.contract.ts'
import { fairnessContract } from './fairness.contract.ts'
import { identityContract } from './identity.contract.ts'
import { imageContract } from './image.contract.ts'
import { integrityContract } from './integrity.contract.ts'
import { jobContract } from './job.contract.ts'
import { leakageContract } from './leakage.contract.ts'
import { ledgerContract } from './ledger.contract.ts'
import { mapContract } from './map.contract.ts'
import { modelContract } from './model.contract.ts'
import { projectContract } from './project.contract.ts'
import { purposeContract } from './purpose.contract.ts'
import { readingContract } from './reading.contract.ts'
import { bundleContract, reportContract } from './report.contract.ts'
import { runContract } from './run.contract.ts'
import { savedQueryContract } from './saved-query.contract.ts'
import { sensitivityContract } from './sensitivity.contract.ts'
import { settingsContract } from './settings.contract.ts'
import { snapshotContract } from './snapshot.contract.ts'
import { splitContract } from './split.contract.ts'
import { systemContract } from './system.contract.ts'

/** Everything the engine answers; each transport, the REST description and the typed clients come from it. */
export const contract = {
  system: systemContract,
  settings: settingsContract,
  project: projectContract,
  job: jobContract,
  access: accessContract,
  purpose: purposeContract,
  dataset: datasetContract,
  image: imageContract,
  savedQuery: savedQueryContract,
  split: splitContract,
  leakage: leakageContract,
  audit: auditContract,
  run: runContract,
  crossval: crossvalContract,
  model: modelContract,
  evaluation: evaluationContract,
  fairness: fairnessContract,
  ledger: ledgerContract,
  baseline: baselineContract,
  explanation: explanationContract,
  groupMaps: groupMapsContract,
  sensitivity: sensitivityContract,
  report: reportContract,
  bundle: bundleContract,
  scan: scanContract,
  check: checkContract,
  finding: findingContract,
  embedding: embeddingContract,
  map: mapContract,
  decision: decisionContract,
  reading: readingContract,
  identity: identityContract,
  snapshot: snapshotContract,
  erasure: erasureContract,
  integrity: integrityContract,
}

export type Contract = typeof contract
