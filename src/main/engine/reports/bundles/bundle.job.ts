import { resolve } from 'node:path'
import { bundleRequest, type BundleRequest, type BundleResult } from '#shared/contract/report.contract.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import { writeZip } from './domain/write-zip.ts'
import type { BundleWriter } from './bundle-writer.ts'
import { signBundle } from './sign-bundle.ts'
import { readSigningKey } from './signing-keys.ts'

/**
 * Writes an audit bundle. Called again after being killed it writes the same, and leaves what is there already; signed it is other bytes
 * each time, so that a file which is there already is told of.
 */
export function createBundleJob(
  writer: Pick<BundleWriter, 'gather'>,
): JobHandler<BundleRequest, BundleResult> {
  return {
    kind: 'bundle',
    input: bundleRequest,
    changes: [],
    title: ({ evaluationId }) => `Audit bundle of evaluation ${evaluationId}`,
    run: async (request, context) => {
      const key = request.signWith === undefined ? null : await readSigningKey(request.signWith)
      const { report, entries: unsigned } = await writer.gather(request, context)
      const { entries, signedBy } =
        key === null ? { entries: unsigned, signedBy: null } : signBundle(report, unsigned, key)
      context.report({ phase: 'Writing the bundle', done: 0, total: null })
      const file = resolve(request.file)
      const { sha256, bytes } = await writeNewFile(file, writeZip(entries))
      const parts = entries.map(({ path, content }) => ({
        path,
        bytes: content.length,
        sha256: hashBytes(content),
      }))
      return { file, sha256, bytes, parts, signedBy }
    },
  }
}
