import { Button, Code, TextInput } from '@mantine/core'
import { useState } from 'react'
import { signInWith, type SignInOutcome } from '#renderer/host/browser-host.ts'
import styles from './signed-out.module.css'

export interface SignedOutProps {
  /** Called once the server knows this browser. */
  readonly onSignedIn: () => void
}

const reasons: Readonly<Record<SignInOutcome, string | null>> = {
  granted: null,
  refused:
    'This code was used already, or is older than ten minutes. Ask for another one as described above.',
  unreachable:
    'The server does not answer, or wants you to wait a minute. Where it has stopped, start it with "evenhand serve".',
}

/** Stands in place of the window while the server does not know this browser. */
export function SignedOut({ onSignedIn }: SignedOutProps) {
  const [text, setText] = useState('')
  const [outcome, setOutcome] = useState<SignInOutcome | 'asking' | null>(null)
  const submit = async (event: React.SyntheticEvent) => {
    event.preventDefault()
    setOutcome('asking')
    const answer = await signInWith(text)
    setOutcome(answer)
    if (answer === 'granted') onSignedIn()
  }
  const reason = outcome === null || outcome === 'asking' ? null : reasons[outcome]
  return (
    <main className={styles['signedOut']}>
      <h1>Signed out</h1>
      <p>
        Evenhand does not know this browser: its sign-in has ended, Evenhand was started anew, or the address
        was used before. Jobs go on meanwhile.
      </p>
      <p>To sign in, run this on the machine where Evenhand runs, and open the address that it prints:</p>
      <Code block>evenhand sign-in</Code>
      <p className={styles['aside']}>In a checkout: npm run --silent evenhand -- sign-in</p>
      <form onSubmit={(event) => void submit(event)}>
        <TextInput
          label="Or paste the address here"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={reason}
          autoComplete="off"
          spellCheck={false}
          maxLength={400}
        />
        <Button type="submit" disabled={text.trim() === ''} loading={outcome === 'asking'}>
          Sign in
        </Button>
      </form>
    </main>
  )
}
