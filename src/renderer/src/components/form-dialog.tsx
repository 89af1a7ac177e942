import { Button, Modal, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import styles from './form-dialog.module.css'
import { ErrorState } from './states.tsx'

export interface FormDialogProps {
  readonly title: string
  readonly size?: 'sm' | 'md' | 'lg' | 'xl'
  /** False for one that keeps what was typed while it is closed. */
  readonly isOpen?: boolean
  readonly children: ReactNode
  /** Beside the buttons: what is missing, or what was done. */
  readonly message?: ReactNode
  readonly error?: unknown
  readonly submitTitle: ReactNode
  readonly closeTitle?: string
  readonly isBusy?: boolean
  readonly isDisabled?: boolean
  /** For a form that can be sent as it comes. */
  readonly isSubmitFirst?: boolean
  readonly onSubmit: () => void
  readonly onClose: () => void
}

/** A form in a dialog; Enter sends it, Escape leaves it. */
export function FormDialog(props: FormDialogProps) {
  const { title, size = 'md', isOpen = true, children, message, error = null, onClose } = props
  const submit = (event: React.SyntheticEvent) => {
    event.preventDefault()
    props.onSubmit()
  }
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} size={size}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {children}
          {error !== null && <ErrorState error={error} compact />}
          <div className={styles['foot']}>
            <output className={styles['message']}>{message}</output>
            <Button variant="default" onClick={onClose}>
              {props.closeTitle ?? 'Cancel'}
            </Button>
            <Button
              type="submit"
              loading={props.isBusy === true}
              disabled={props.isDisabled === true}
              data-autofocus={props.isSubmitFirst === true || undefined}
            >
              {props.submitTitle}
            </Button>
          </div>
        </Stack>
      </form>
    </Modal>
  )
}
