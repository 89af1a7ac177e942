import type * as z from 'zod'
import type {
  explanationContract,
  PictureExamination,
  PictureSensitivity,
} from '#shared/contract/explanation.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { EmbeddingService } from '#engine/curation/vectors/embedding.service.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { AskedFaces, PredictResponse } from '#shared/contract/prediction.contract.ts'
import { variations } from './domain/vary-picture.ts'
import {
  examinedPicture,
  pictureToVary,
  variedPicture,
  type ExamineTask,
  type VaryTask,
} from './examine-tasks.ts'
import type { PictureSource } from './picture-source.ts'

type Input<Name extends 'answer' | 'examine' | 'vary'> = z.output<
  NonNullable<(typeof explanationContract)[Name]['~orpc']['inputSchema']>
>

interface ExaminationServiceDeps {
  readonly pictures: PictureSource
  readonly embeddings: Pick<EmbeddingService, 'findLikeFace'>
  /** A pool on the examine worker. */
  readonly pool: WorkerPool
  readonly codec: ImageCodecName
  readonly cores: number
  /** Answers the window, refuses pictures that are sealed to the model, and writes its line in the access log. */
  readonly predict: (
    images: readonly PredictImage[],
    model: PredictModel,
    asked: { readonly signal: AbortSignal; readonly madeFrom: string; readonly faces: AskedFaces },
  ) => Promise<PredictResponse>
  /** Milliseconds. */
  readonly now: () => number
}

/** What is known of a picture beside one answer: its quality, the faces most like it, and how firm an answer is. */
export class ExaminationService {
  readonly #deps: ExaminationServiceDeps

  constructor(deps: ExaminationServiceDeps) {
    this.#deps = deps
  }

  /** Throws NOT_FOUND for an image or a picture that there is not, INVALID_INPUT where it cannot be read or has no such face. */
  async examine({ of, face, k }: Input<'examine'>, signal: AbortSignal): Promise<PictureExamination> {
    const { pictures, embeddings, pool, now } = this.#deps
    const from = now()
    const { picture } = await pictures.read(of)
    const task = this.#ask(picture, face)
    const call = { name: 'examinePicture', result: examinedPicture, signal }
    const { faces, warnings, descriptor } = await pool.run(task, call)
    const compared =
      descriptor === null
        ? { nearest: null, notCompared: 'No face was found in it that could be compared.' }
        : await embeddings.findLikeFace(descriptor, k, signal).then(
            (nearest) => ({ nearest, notCompared: null }),
            (error: unknown) => {
              if (error instanceof AppError && error.code === 'PRECONDITION')
                return { nearest: null, notCompared: error.message }
              throw error
            },
          )
    return { faces, warnings, ...compared, seconds: (now() - from) / 1000 }
  }

  /** Throws as `vary`. */
  async answer({ imageId, modelId }: Input<'answer'>, signal: AbortSignal): Promise<PredictResponse> {
    const { picture, fileSha256 } = await this.#deps.pictures.read({ imageId })
    const images = [{ file: `Image ${imageId}`, bytes: picture }]
    return this.#deps.predict(images, modelId === undefined ? null : { modelId }, {
      signal,
      madeFrom: fileSha256,
      faces: 'each',
    })
  }

  /** Throws as `examine`; PRECONDITION for a picture of a test part that is sealed to the model. */
  async vary({ of, face, modelId }: Input<'vary'>, signal: AbortSignal): Promise<PictureSensitivity> {
    const { pictures, pool, codec, predict, now } = this.#deps
    const from = now()
    const { picture, fileSha256 } = await pictures.read(of)
    const task = this.#ask(picture, face)
    const shrunk = await pool.run(task, { name: 'shrinkToVary', result: pictureToVary, signal })
    const { factor: shrunkBy, ...toVary } = shrunk
    const images: PredictImage[] = []
    const tasks = variations.map((variation): VaryTask => ({ codec, picture: toVary, variation }))
    // One after the other, so that whoever leaves waits for one at most.
    for await (const [, bytes] of pool.map(tasks, { name: 'varyOne', result: variedPicture, signal }))
      images.push({ file: `variation ${images.length}`, bytes })
    const model = modelId === undefined ? null : { modelId }
    const { predictions } = await predict(images, model, {
      signal,
      madeFrom: fileSha256,
      faces: 'picture',
    })
    return {
      variations: variations.map((variation, at) => {
        const answered = predictions[at]?.faces[0]
        if (answered === undefined) throw new Error('A variation was not answered')
        const { race, gender, age } = answered
        return { ...variation, answer: { race, gender, age } }
      }),
      shrunkBy,
      seconds: (now() - from) / 1000,
    }
  }

  #ask(picture: Uint8Array, face: number | null): ExamineTask {
    const { codec, cores: threads } = this.#deps
    return { codec, threads, picture, face }
  }
}
