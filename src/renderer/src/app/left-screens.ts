import type { AnyRouter } from '@tanstack/react-router'

/** The address at which each screen was left, by its path: the rail and the palette lead back there. */
export type LeftScreens = Map<string, string>

const leftOf = new WeakMap<AnyRouter, LeftScreens>()

/** Filters, order and what is open survive leaving a screen, as long as the window stands. */
export function rememberScreens(router: AnyRouter): void {
  const left: LeftScreens = new Map()
  leftOf.set(router, left)
  router.subscribe('onResolved', ({ toLocation }) => left.set(toLocation.pathname, toLocation.href))
}

export const leftScreens = (router: AnyRouter): LeftScreens => leftOf.get(router) ?? new Map()

/** Goes to a screen as it was left; false where it was not open yet. */
export function returnTo(router: AnyRouter, path: string): boolean {
  const href = leftScreens(router).get(path)
  if (href === undefined) return false
  router.history.push(href)
  return true
}
