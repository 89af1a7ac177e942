import type { Db } from '#engine/base/db/db.ts'
import { VectorSourceRepo } from './vector-source.repo.ts'

/** Stored embeddings for other rooms: `listSpaces` is quick, `read` belongs into a worker. */
export type VectorSource = Pick<VectorSourceRepo, 'listSpaces' | 'read' | 'countLookedAt'>
export type VectorSpace = ReturnType<VectorSource['listSpaces']>[number]
export type StoredVectors = ReturnType<VectorSource['read']>

export const openVectorSource = (db: Db): VectorSource => new VectorSourceRepo(db)
