import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { MapService } from './map.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export const createMapHandlers = (
  os: EngineImplementer['map'],
  services: () => { readonly maps: MapService },
) => ({
  start: os.start.handler(({ input }) => services().maps.start(input)),
  points: os.points.handler(({ input, signal }) => services().maps.points(input.space, signal)),
  groups: os.groups.handler(({ input, signal }) => services().maps.groups(input, signal)),
})
