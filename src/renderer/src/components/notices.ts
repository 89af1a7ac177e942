import { notifications } from '@mantine/notifications'
import { describeError } from './error-text.ts'

/** What failed without a place of its own on the screen; it stays until it is closed, since nothing else tells of it. */
export function showFailure(error: unknown): void {
  const { title, message } = describeError(error)
  notifications.show({ color: 'red', title, message, autoClose: false })
}
