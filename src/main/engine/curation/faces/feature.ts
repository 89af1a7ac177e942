import type { Lent } from '#engine/base/features/lent.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import type { EmbeddingStoreService } from '#engine/curation/vectors/embedding-store.service.ts'
import { FaceRepo } from './face.repo.ts'
import { createFaceStep } from './faces.step.ts'
import { ScanSettingRepo } from './scan-setting.repo.ts'

interface FacesLent extends Lent {
  readonly checkScores: CheckScoreService
  readonly embeddingStore: EmbeddingStoreService
}

export function openFaces(lent: FacesLent) {
  const { db, folder, isSynthetic, workers, codec, cores, checkScores, embeddingStore } = lent
  const faces = new FaceRepo(db)
  const settings = new ScanSettingRepo(db)
  const faceStep = createFaceStep({
    faces,
    embeddings: embeddingStore,
    scores: checkScores,
    isSynthetic,
    projectFolder: folder.path,
    workers,
    codec,
    cores,
    rememberDetector: (detector) => settings.setDetector(detector),
  })
  return {
    services: { faceStep, findDetector: () => settings.findDetector() },
    jobs: [],
    handlers: {},
    holder: { rows: faces.held },
  }
}
