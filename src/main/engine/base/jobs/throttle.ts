export interface Throttle {
  /** Runs the action now when its time has come, otherwise once at the end of the interval. */
  request(): void
  /** Runs the action now and starts a new interval. */
  force(): void
  stop(): void
}

/** At most one run of `action` per interval, except for forced ones; the last request is never lost. */
export function createThrottle(action: () => void, intervalMs: number): Throttle {
  let timer: NodeJS.Timeout | null = null
  let isPending = false

  const open = (): void => {
    timer = setTimeout(() => {
      timer = null
      if (isPending) force()
    }, intervalMs)
    timer.unref()
  }
  const force = (): void => {
    if (timer !== null) clearTimeout(timer)
    isPending = false
    open()
    action()
  }
  return {
    request: () => {
      if (timer === null) force()
      else isPending = true
    },
    force,
    stop: () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      isPending = false
    },
  }
}
