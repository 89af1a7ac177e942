import type { EngineImplementer } from '../kernel/implementer.ts'
import type { CatalogueService } from './catalogue.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export function createImageHandlers(
  os: EngineImplementer['image'],
  services: () => { readonly catalogue: CatalogueService },
) {
  return {
    query: os.query.handler(({ input }) => services().catalogue.queryImages(input)),
    facets: os.facets.handler(({ input }) => services().catalogue.countFacets(input.filter)),
    get: os.get.handler(({ input }) => services().catalogue.getImage(input.imageId)),
  }
}
