import type { DatasetAudit } from '#shared/contract/audit.contract.ts'
import { datasetId } from '#shared/contract/base.contract.ts'
import type { AuditedDataset } from './audited-image.ts'
import { measureDiversity } from './measure-diversity.ts'
import { measureGranularity } from './measure-granularity.ts'
import { measureParity } from './measure-parity.ts'
import { measureScale } from './measure-scale.ts'
import { measureTones } from './measure-tones.ts'

/** What can be said of a data set before any model has seen it. */
export function auditDataset(dataset: AuditedDataset): DatasetAudit {
  return {
    datasetId: datasetId.parse(dataset.datasetId),
    name: dataset.name,
    labelScheme: dataset.labelScheme,
    images: dataset.images.length,
    removed: dataset.removed,
    parity: measureParity(dataset),
    granularity: measureGranularity(dataset),
    diversity: measureDiversity(dataset),
    skin: measureTones(dataset),
    scale: measureScale(dataset),
  }
}
