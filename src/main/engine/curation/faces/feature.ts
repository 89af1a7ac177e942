import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import type { EmbeddingStoreService } from '#engine/curation/vectors/embedding-store.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import { createEmbedJob } from './embed.job.ts'
import { FaceRepo } from './face.repo.ts'
import { createFaceStep } from './faces.step.ts'
import { ScanSettingRepo } from './scan-setting.repo.ts'

interface FacesLent extends Lent {
  readonly checkScores: CheckScoreService
  readonly embeddingStore: EmbeddingStoreService
  readonly models: ModelService
}

export function openFaces(lent: FacesLent) {
  const { db, folder, workers, codec, cores, checkScores, embeddingStore, models } = lent
  const projectFolder = folder.path
  const faces = new FaceRepo(db)
  const settings = new ScanSettingRepo(db)
  const faceStep = createFaceStep({
    faces,
    embeddings: embeddingStore,
    scores: checkScores,
    projectFolder,
    workers,
    codec,
    cores,
    rememberDetector: (detector) => settings.setDetector(detector),
  })
  const host = { workers, codec, cores }
  const embedJob = createEmbedJob({ embeddings: embeddingStore, faces, models, projectFolder, host })
  return {
    services: { faceStep, findDetector: () => settings.findDetector() },
    jobs: [registerJob(embedJob)],
    handlers: {},
  }
}
