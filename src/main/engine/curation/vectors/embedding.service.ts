import { join } from 'node:path'
import type { ImageId, JobId, ModelId } from '#shared/contract/base.contract.ts'
import type {
  EmbeddingSpaceSummary,
  Neighbours,
  NeighboursRequest,
} from '#shared/contract/embedding.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { isBackbone } from '#shared/domain/architectures.ts'
import type { ImageFilter, ImageTile } from '#shared/contract/image.contract.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { WorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { EmbeddingSpace } from './embedding-space.ts'
import type { EmbeddingRepo } from './embedding.repo.ts'
import { faceSpace } from '#engine/networks/faces/face-detection.ts'
import { unpackVector } from '#engine/base/kernel/vector-bytes.ts'
import { foundNeighbours, type FindNeighboursTask } from './vector-tasks.ts'

/** From this many vectors on an index answers faster than comparing all, which takes some 50 ms here. */
const indexFrom = 20_000

/** Rows count from 1. */
const noImage = 0

interface SearchRequest {
  /** Left out of what is found. */
  readonly imageId: number
  readonly vector: Float32Array<ArrayBuffer>
  readonly k: number
  readonly filter: ImageFilter | undefined
  readonly signal: AbortSignal
}

interface EmbeddingServiceDeps {
  readonly embeddings: EmbeddingRepo
  readonly models: Pick<ModelService, 'locate'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
  /** A pool on the vectors worker. */
  readonly pool: WorkerPool
  readonly catalogue: string
  readonly projectFolder: string
  readonly images: {
    /** In the order given. */
    readTiles(ids: readonly ImageId[]): ImageTile[]
    /** Ascending. */
    matchIds(filter: ImageFilter): Promise<Uint32Array>
  }
}

/** Images as points: which spaces there are, and what lies near an image. */
export class EmbeddingService {
  readonly #deps: EmbeddingServiceDeps

  constructor(deps: EmbeddingServiceDeps) {
    this.#deps = deps
  }

  listSpaces(): EmbeddingSpaceSummary[] {
    return this.#deps.embeddings.list().map(({ id, name, modelId, dimensions }) => ({
      name,
      title: modelId === null ? 'Faces' : `Backbone of model ${modelId}`,
      modelId,
      dimensions,
      images: this.#deps.embeddings.countImages(id),
    }))
  }

  /** Queues the embedding of all images by a model. Throws NOT_FOUND, or PRECONDITION for a probe. */
  start(modelId: ModelId): JobId {
    const { id, arch } = this.#deps.models.locate(modelId)
    if (!isBackbone(arch)) {
      throw new AppError(
        'PRECONDITION',
        `Model ${id} is a probe: what it sees in an image is the descriptor that a scan stores. Compare the images by ${faceSpace}.`,
        { details: { modelId: id } },
      )
    }
    return this.#deps.jobs.enqueue('embed', { modelId: id }).id
  }

  /**
   * The images nearest to one.
   * @throws AppError NOT_FOUND for an unknown space, PRECONDITION when the image has no vector in any space asked for.
   */
  async findNeighbours(
    { imageId, space: asked, k, filter }: NeighboursRequest,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Neighbours> {
    const { space, vector } = this.#findVector(imageId, asked)
    const unpacked = unpackVector(vector, new Float32Array(space.dimensions))
    return this.#search(space, { imageId, vector: unpacked, k, filter, signal })
  }

  /**
   * The images whose faces are nearest to a face that is no image of the project. Throws PRECONDITION before a scan of faces.
   * @param descriptor `[128]`, as a scan makes them
   */
  async findLikeFace(
    descriptor: Float32Array<ArrayBuffer>,
    k: number,
    signal: AbortSignal,
  ): Promise<Neighbours> {
    const space = this.#deps.embeddings.find(faceSpace)
    if (space === undefined) {
      throw new AppError(
        'PRECONDITION',
        'No faces of the project have been described yet. Run a scan with the checks of faces first.',
      )
    }
    return this.#search(space, { imageId: noImage, vector: descriptor, k, filter: undefined, signal })
  }

  async #search(
    space: EmbeddingSpace,
    { imageId, vector, k, filter, signal }: SearchRequest,
  ): Promise<Neighbours> {
    const { embeddings, pool, catalogue, projectFolder, images } = this.#deps
    const task: FindNeighboursTask = {
      catalogue,
      cacheFolder: join(projectFolder, 'cache'),
      spaceId: space.id,
      imageId,
      vector,
      k,
      among: filter === undefined ? null : Uint32Array.from(await images.matchIds(filter)),
      indexFrom,
    }
    const found = await pool.run(task, { name: 'findNeighbours', result: foundNeighbours, signal })
    const distances = new Map(found.map((one) => [one.imageId, one.distance]))
    const tiles = images.readTiles(found.map((one) => one.imageId as ImageId))
    return {
      space: embeddings.find(space.name)?.name ?? space.name,
      items: tiles.map((tile) => ({ tile, distance: distances.get(tile.id) ?? 0 })),
    }
  }

  #findVector(imageId: ImageId, asked: string | undefined): { space: EmbeddingSpace; vector: Uint8Array } {
    for (const space of this.#candidates(asked)) {
      const vector = this.#deps.embeddings.findVector(space.id, imageId)
      if (vector !== undefined && vector !== null) return { space, vector }
    }
    const advice =
      asked === undefined || asked === faceSpace
        ? 'Run a scan with the checks of faces first; without a face in it, embed the images with a model.'
        : 'Embed the images with that model first.'
    throw new AppError('PRECONDITION', `Image ${imageId} has nothing to compare it by. ${advice}`, {
      details: { imageId },
    })
  }

  /** The face's space first, then the newest model's. */
  #candidates(asked: string | undefined): EmbeddingSpace[] {
    const spaces = this.#deps.embeddings.list()
    if (asked === undefined) {
      const ofModels = spaces.filter(({ name }) => name !== faceSpace).toReversed()
      return [...spaces.filter(({ name }) => name === faceSpace), ...ofModels]
    }
    const space = spaces.find(({ name }) => name === asked)
    if (space !== undefined) return [space]
    const known = spaces.map(({ name }) => name).join(', ')
    throw new AppError(
      'NOT_FOUND',
      `There is no space "${asked}". ${known === '' ? 'None has been made yet.' : `There are: ${known}.`}`,
      { details: { space: asked } },
    )
  }
}
