import type { Reliability } from '#shared/contract/report.contract.ts'
import { calibrationBins, calibrationError } from '#engine/assessment/metrics/domain/calibration.ts'
import type { TaskRecords } from '#engine/assessment/metrics/domain/records.ts'

/**
 * How sure and how right, in the bins of the calibration error: of the answer given, and for gender of its second label too,
 * which shows a lean to one of the two that the answer given hides. None without probabilities.
 */
export function measureReliability(records: TaskRecords): Reliability[] {
  if (!records.probabilities?.some((value) => !Number.isNaN(value))) return []
  const labels = [null, ...(records.task === 'gender' ? [records.labels[1] ?? null] : [])]
  return [...new Set(labels)].map((label) => ({ label, bins: sumBins(records, label) }))
}

function sumBins(records: TaskRecords, label: string | null): Reliability['bins'] {
  const of = label === null ? 'top-label' : { label: records.labels.indexOf(label) }
  const { width, add } = calibrationError(records, of)
  const sums = new Float64Array(width)
  for (let image = 0; image < records.labelled.length; image++) add(image, sums, 0)
  return Array.from({ length: calibrationBins }, (_, bin) => {
    const [n = 0, sure = 0, right = 0] = sums.subarray(3 * bin, 3 * bin + 3)
    return {
      from: bin / calibrationBins,
      to: (bin + 1) / calibrationBins,
      n,
      confidence: n === 0 ? null : sure / n,
      right: n === 0 ? null : right / n,
    }
  })
}
