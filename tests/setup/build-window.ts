/** Once, before several tests at a time look at it. */
export { buildWindow as setup } from '../../scripts/build-window.ts'
