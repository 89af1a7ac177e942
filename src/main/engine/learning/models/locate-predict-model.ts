import type { ModelId } from '#shared/contract/base.contract.ts'
import { basename, resolve } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import type { ModelService } from './model.service.ts'

export interface LocatedModel {
  /** What the answer names it by: a model's number, or the file's name. */
  readonly id: string
  /** Null for a file, which may be that of a registered model all the same. */
  readonly modelId: ModelId | null
  readonly onnxFile: string
  /** What the file must hash to; null where that is not known. */
  readonly sha256: string | null
}

/** A registered model, an ONNX file that Evenhand exported, or null for the newest model of the open project. */
export type PredictModel = { readonly modelId: ModelId } | { readonly onnxFile: string } | null

/**
 * Finds the file behind a request; only a registered model needs an open project.
 * @throws AppError NOT_FOUND for an unknown model, PRECONDITION when there is no project or no model in it.
 */
export function locatePredictModel(
  model: PredictModel,
  models: () => Pick<ModelService, 'locate' | 'findNewest'>,
): LocatedModel {
  if (model !== null && 'onnxFile' in model) {
    return { id: basename(model.onnxFile), modelId: null, onnxFile: resolve(model.onnxFile), sha256: null }
  }
  const found = model === null ? models().findNewest() : models().locate(model.modelId)
  if (found === undefined) {
    throw new AppError(
      'PRECONDITION',
      'The project has no model yet. Train one first, or name an exported ONNX file.',
    )
  }
  return { id: String(found.id), modelId: found.id, onnxFile: found.files.onnx, sha256: found.onnxSha256 }
}
