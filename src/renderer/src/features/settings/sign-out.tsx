import { Button, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { ErrorState } from '#renderer/components/states.tsx'
import type { Host } from '#renderer/host/host.ts'
import styles from './settings.module.css'

export interface SignOutProps {
  readonly signIns: NonNullable<Host['signIns']>
}

/** For a browser alone: the desktop window needs no sign-in. */
export function SignOut({ signIns }: SignOutProps) {
  const endOwn = useMutation({
    mutationFn: () => signIns.endOwn(),
    onSuccess: () => globalThis.location.reload(),
  })
  const endOthers = useMutation({ mutationFn: () => signIns.endOthers() })
  const failure = endOwn.error ?? endOthers.error
  return (
    <>
      <p className={styles['text']}>
        A sign-in ends after 12 hours without an open window, after 7 days, and when the server stops. Signing
        out the others also renews the token that programs send.
      </p>
      <Group gap="sm" mt="sm">
        <Button variant="default" loading={endOwn.isPending} onClick={() => endOwn.mutate()}>
          Sign out
        </Button>
        <Button variant="default" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>
          Sign out all others
        </Button>
        <output>{endOthers.isSuccess ? 'All others are signed out.' : ''}</output>
      </Group>
      {failure !== null && <ErrorState error={failure} compact />}
    </>
  )
}
