import { Popover, TextInput } from '@mantine/core'
import { IconHelp, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { readImageSearch } from '#shared/domain/image-search.ts'
import styles from './search-field.module.css'

export const searchFieldId = 'catalogue-search'

const examples = [
  ['indian', 'the word in file names, identities, labels, data sets or notes'],
  ['race:"east asian" gender:female', 'labels'],
  ['age<20, age:20-29, age:none', 'years or bins'],
  ['finding:blurry, finding:any', 'what a scan flagged'],
  ['open:blurry, open:any', 'what waits for a decision in a queue'],
  ['finding:unchecked', 'what no scan has come to yet'],
  ['status:removed', 'also undecided, kept, any'],
  ['dataset:lfw part:test identity:several', 'where it belongs'],
  ['-dataset:lfw', 'a minus leaves out'],
] as const

export interface SearchFieldProps {
  readonly text: string
  readonly onSubmit: (text: string) => void
}

/** Typing stays here until Enter or leaving the field; the address then holds it. A mistake is told by its place. */
export function SearchField({ text, onSubmit }: SearchFieldProps) {
  const [draft, setDraft] = useState(text)
  const [isTold, setIsTold] = useState(false)
  const { problem } = readImageSearch(draft)
  const submit = () => {
    setIsTold(problem !== null)
    if (problem === null && draft.trim() !== text) onSubmit(draft.trim())
  }
  return (
    <search className={styles['search']}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <TextInput
          id={searchFieldId}
          aria-label="Search"
          placeholder="Search, as in indian age<20"
          leftSection={<IconSearch size={14} aria-hidden />}
          rightSection={<SearchHelp />}
          value={draft}
          maxLength={500}
          spellCheck={false}
          error={
            isTold && problem !== null ? (
              <span>
                <code>
                  {draft.slice(0, problem.position)}
                  <mark>{draft.slice(problem.position, problem.position + problem.length)}</mark>
                  {draft.slice(problem.position + problem.length)}
                </code>{' '}
                {problem.message}
              </span>
            ) : undefined
          }
          onChange={(event) => {
            setDraft(event.currentTarget.value)
            setIsTold(false)
          }}
          onBlur={submit}
        />
      </form>
    </search>
  )
}

/** Opens by a click or a key: by the pointer alone it would cover tiles wherever the pointer comes to rest. */
function SearchHelp() {
  return (
    <Popover width={420} position="bottom-start" shadow="md">
      <Popover.Target>
        <button type="button" className={styles['helpButton']} aria-label="How to search">
          <IconHelp size={14} aria-hidden />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <dl className={styles['helpList']}>
          {examples.map(([example, meaning]) => (
            <div key={example}>
              <dt>
                <code>{example}</code>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </Popover.Dropdown>
    </Popover>
  )
}
