import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { CatalogueService } from './catalogue.service.ts'
import type { ImageBrowseService } from './image-browse.service.ts'
import type { ImageExportService } from './image-export.service.ts'

interface ImageServices {
  readonly catalogue: CatalogueService
  readonly images: ImageBrowseService
  readonly imageExports: ImageExportService
}

/** @param services gives the open project's services, or throws PRECONDITION */
export function createImageHandlers(os: EngineImplementer['image'], services: () => ImageServices) {
  return {
    query: os.query.handler(({ input }) => services().images.queryPage(input)),
    window: os.window.handler(({ input }) => services().images.readWindow(input)),
    tiles: os.tiles.handler(({ input }) => services().images.readTiles(input.images)),
    facets: os.facets.handler(({ input }) => services().images.countFacets(input.filter)),
    export: os.export.handler(({ input, signal }) => services().imageExports.write(input, signal)),
    get: os.get.handler(({ input }) => services().catalogue.getImage(input.imageId)),
  }
}
