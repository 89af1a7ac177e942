import { join } from 'node:path'
import type { ErasureWork } from '#engine/base/holders/image-holder.ts'
import { ResultFiles } from '#engine/base/integrity/result-files.ts'
import { dropRecordFiles } from '#engine/base/kernel/record-file.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import { createGroupMapsJob } from './group-maps.job.ts'
import { groupMapsFiles } from './group-maps-files.ts'
import { GroupMapsService } from './group-maps.service.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { EngineLent, Lent } from '#engine/base/features/lent.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { CatalogueService } from '#engine/data/catalogue/catalogue.service.ts'
import type { MediaService } from '#engine/data/catalogue/media.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
import type { PurposeService } from '#engine/learning/purposes/purpose.service.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { EmbeddingService } from '#engine/curation/vectors/embedding.service.ts'
import { locatePredictModel } from '#engine/learning/models/locate-predict-model.ts'
import { predictFor } from '#engine/learning/serving/predict-for.ts'
import type { Predictor } from '#engine/networks/inference/predictor.ts'
import { ExaminationService } from './examination.service.ts'
import { refuseSealed } from './explain-for.ts'
import { openPictureSource } from './picture-source.ts'
import { Explainer } from './explainer.ts'
import { ExplanationService } from './explanation.service.ts'
import { PictureDesk } from './picture-desk.ts'

/** What explains pictures, with a project and without one. */
export function openExplainer({ workers, cores, chooseCodec, closers }: EngineLent) {
  const explainer = closers.use(
    new Explainer({ workers, codec: async () => (await chooseCodec()).name, cores }),
  )
  return { services: { explainer, desk: new PictureDesk() }, jobs: [], handlers: {} }
}

interface ExplanationsLent extends Lent {
  readonly predictor: Predictor
  readonly explainer: Explainer
  readonly desk: PictureDesk
  readonly devices: DeviceService
  readonly models: ModelService
  readonly openings: OpeningService
  readonly purposes: PurposeService
  readonly accessLog: AccessLog
  readonly media: MediaService
  readonly catalogue: CatalogueService
  readonly embeddings: EmbeddingService
  readonly evaluationRecords: EvaluationRecords
  readonly trainingData: TrainingDataService
}

/** Long enough that a person who looks at one picture after another never waits for the networks twice. */
const idleMs = 10 * 60_000

export function openExplanations(lent: ExplanationsLent) {
  const { explainer, desk, predictor, devices, now, embeddings, workers, codec, cores, closers, logger } =
    lent
  const pictures = openPictureSource(lent)
  const project = { devices, requireProject: () => lent, findProject: () => lent, now }
  const explanations = new ExplanationService({ pictures, logger, serving: { explainer, ...project } })
  const examinations = new ExaminationService({
    pictures,
    embeddings,
    pool: closers.use(createWorkerPool({ workers, name: 'examine', threads: 1, idleMs })),
    codec,
    cores,
    now,
    predict: (images, model, { signal, madeFrom, faces }) => {
      refuseSealed(madeFrom, {
        located: locatePredictModel(model, () => lent.models),
        sha256: null,
        project: lent,
      })
      return predictFor(
        { predictor, ...project },
        { images, model },
        { asker: { kind: 'window' }, signal, madeFrom, faces },
      )
    },
  })
  const { folder, storedFiles, evaluationRecords: records, models, jobs } = lent
  const store = new ResultFiles(join(folder.path, 'explanations'), storedFiles, groupMapsFiles)
  const groupMaps = new GroupMapsService({ records, jobs, store })
  const cacheFolder = join(folder.path, 'cache')
  const groupMapsJob = createGroupMapsJob({
    records,
    data: lent.trainingData,
    models,
    store,
    cacheFolder,
    host: { workers, codec, cores },
    now,
  })
  closers.defer(async () => {
    desk.clear()
    await explanations.stop()
  })
  return {
    services: {},
    jobs: [registerJob(groupMapsJob)],
    holder: {
      rows: null,
      settle: async ({ images }: ErasureWork) => {
        if (images.length === 0) return
        desk.clear()
        explanations.forgetErased(new Set(images.map(({ imageId }) => imageId)))
        await dropRecordFiles(cacheFolder, `${groupMapsFiles.prefix}-`)
        await store.drop()
      },
    },
    handlers: answer({
      'groupMaps.create': async ({ evaluationId, choices }) => ({
        jobId: await groupMaps.start(evaluationId, choices),
      }),
      'groupMaps.list': () => groupMaps.list(),
      'groupMaps.get': ({ jobId }) => groupMaps.read(jobId),
      'explanation.start': (request) => explanations.start(request),
      'explanation.read': ({ explanationId }) => explanations.read(explanationId),
      'explanation.forget': ({ explanationId }) => explanations.forget(explanationId),
      'explanation.cancel': ({ explanationId }) => explanations.cancel(explanationId),
      'explanation.answer': (request, signal) => examinations.answer(request, signal),
      'explanation.examine': (request, signal) => examinations.examine(request, signal),
      'explanation.vary': (request, signal) => examinations.vary(request, signal),
    }),
  }
}
