/**
 * One clear line for a Node that cannot run Evenhand, or null. This file imports nothing, so that an entry
 * can ask before it loads native modules, which crash an old Node instead of failing.
 * @param version `process.versions.node`, e.g. `20.20.2`
 */
export function refuseOldNode(version: string): string | null {
  const major = Number(version.split('.')[0])
  if (major >= 24) return null
  return `Evenhand needs Node 24 or newer; this is Node ${version}. In a checkout, "npm run --silent evenhand -- ..." uses the right one.`
}
