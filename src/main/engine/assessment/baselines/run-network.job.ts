import * as z from 'zod'
import { networkName, type BaselineRunResult } from '#shared/contract/baseline.contract.ts'
import { datasetId, splitId } from '#shared/contract/base.contract.ts'
import { partName } from '#shared/contract/split.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import { locateFile } from '#engine/data/catalogue/locate-file.ts'
import { describeNetwork } from '#engine/networks/attributes/attribute-networks.ts'
import {
  askedImages,
  openedNetwork,
  type AskNetworkTask,
} from '#engine/networks/attributes/attributes-task.ts'
import { notAsked, noFace, type SystemAnswer } from './domain/answer.ts'
import type { AskedPage, BaselineRepo, BaselineRow } from './baseline.repo.ts'
import type { BaselineService } from './baseline.service.ts'

const input = z.object({
  network: networkName,
  name: z.string(),
  folder: z.string().nullable(),
  datasetId: datasetId.nullable(),
  splitId: splitId.nullable(),
  part: partName.nullable(),
})
type RunNetworkInput = z.infer<typeof input>

interface RunNetworkDeps {
  readonly repo: Pick<BaselineRepo, 'listAsked' | 'countAsked' | 'findByJob'>
  readonly service: Pick<BaselineService, 'storeAnswers'>
  readonly projectFolder: string
  readonly host: { readonly workers: WorkerLocator; readonly codec: ImageCodecName; readonly cores: number }
}

const imagesPerTask = 16
const rowsPerPage = 2000

interface Chunk extends AskNetworkTask {
  readonly asked: readonly AskedPage[]
}

const describeMade = ({ id, record }: Pick<BaselineRow, 'id' | 'record'>): BaselineRunResult => ({
  baselineId: id,
  images: record.matched,
  undetected: record.undetected,
  unreadable: record.notAsked,
})

/** Asks a network about the main face of every image, and stores what it said as answers of another system. */
export function createRunNetworkJob(deps: RunNetworkDeps): JobHandler<RunNetworkInput, BaselineRunResult> {
  return {
    kind: 'baseline',
    input,
    changes: ['evaluations'],
    title: ({ name }) => `Ask ${name}`,
    run: async (request, { jobId, signal, report }) => {
      const { repo, service, host, projectFolder } = deps
      const made = repo.findByJob(jobId)
      if (made !== undefined) return describeMade(made)
      const { network, folder } = request
      const total = repo.countAsked(request)
      if (total === 0)
        throw new AppError(
          'PRECONDITION',
          'There is no image to ask about. Import images, or name another part.',
        )
      const phase = 'Asking the network'
      report({ phase: 'Opening the network', done: 0, total })
      await using pool = createWorkerPool({ workers: host.workers, name: 'attributes', threads: host.cores })
      const opened = { network, folder, threads: 1 }
      await pool.run(opened, { name: 'openNetwork', result: openedNetwork, signal })
      function* chunks(): Generator<Chunk> {
        for (let after = 0; ;) {
          const page = repo.listAsked({ ...request, after, limit: rowsPerPage })
          for (let at = 0; at < page.length; at += imagesPerTask) {
            const asked = page.slice(at, at + imagesPerTask)
            const images = asked.map((image) => ({
              file: locateFile(image, projectFolder),
              fileSha256: image.fileSha256,
            }))
            yield { ...opened, codec: host.codec, images, asked }
          }
          const last = page.at(-1)
          if (last === undefined || page.length < rowsPerPage) return
          after = last.imageId
        }
      }
      const answers = new Map<number, SystemAnswer>()
      for await (const [{ asked }, found] of pool.map(chunks(), {
        name: 'askNetwork',
        result: askedImages,
        signal,
      })) {
        asked.forEach(({ imageId }, at) => {
          const said = found[at]
          if (said === undefined || said.outcome === 'notAsked') answers.set(imageId, notAsked)
          else answers.set(imageId, said.outcome === 'undetected' ? noFace : said)
        })
        report({ phase, done: answers.size, total })
      }
      const { title, sha256 } = describeNetwork(network)
      return describeMade(
        await service.storeAnswers(
          { name: request.name, kind: network, source: title, sourceSha256: sha256, jobId },
          answers,
          signal,
        ),
      )
    },
  }
}
