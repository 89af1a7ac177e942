import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { EmbeddingService } from './embedding.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export const createEmbeddingHandlers = (
  os: EngineImplementer['embedding'],
  services: () => { readonly embeddings: EmbeddingService },
) => ({
  spaces: os.spaces.handler(() => services().embeddings.listSpaces()),
  start: os.start.handler(({ input }) => ({ jobId: services().embeddings.start(input.modelId) })),
  neighbours: os.neighbours.handler(({ input, signal }) =>
    services().embeddings.findNeighbours(input, signal),
  ),
})
