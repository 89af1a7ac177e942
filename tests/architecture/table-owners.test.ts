import { beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '#engine/base/db/db.ts'
import { rooms, wings } from './house.ts'
import { listLatePreparers, listStatementsElsewhere, TableReader, type Access } from './read-tables.ts'
import { tableOwners } from './table-owners.ts'

const reader = new TableReader()
const byName = (names: Iterable<string>): string[] => [...new Set(names)].toSorted()

describe('the tables of the catalogue', () => {
  let accesses: readonly Access[]
  const listRooms = (table: string, kind: Access['kind']): string[] =>
    byName(accesses.filter((one) => one.table === table && one.kind === kind).map(({ room }) => room))

  beforeAll(async () => {
    accesses = await reader.readRepos()
  })

  it('are each in the list, and the list names no other table and no room that is not there', () => {
    expect(Object.keys(tableOwners)).toEqual(byName(reader.tables))
    const named = Object.values(tableOwners).flatMap(({ owner, readers, readFromBelow = {} }) => [
      owner,
      ...readers,
      ...Object.keys(readFromBelow),
    ])
    expect(named.filter((room) => ![...wings, ...rooms].includes(room))).toEqual([])
  })

  it('are written by their owner alone', () => {
    const written = byName(accesses.filter(({ kind }) => kind === 'writes').map(({ table }) => table))
    const writers = Object.fromEntries(written.map((table) => [table, listRooms(table, 'writes')]))
    const owners = Object.fromEntries(written.map((table) => [table, [tableOwners[table]?.owner]]))
    expect(writers).toEqual(owners)
  })

  it('are read by their owner, by the readers of the list, and from below for its reasons alone', () => {
    const wingOf = (room: string): number => wings.indexOf(room.split('/')[0] ?? '')
    const read = Object.entries(tableOwners).map(([table, { owner }]) => {
      const others = listRooms(table, 'reads').filter((room) => room !== owner)
      const isBelow = (room: string): boolean => wingOf(room) < wingOf(owner)
      return [table, { above: others.filter((room) => !isBelow(room)), below: others.filter(isBelow) }]
    })
    const listed = Object.entries(tableOwners).map(([table, { readers, readFromBelow = {} }]) => [
      table,
      { above: [...readers], below: Object.keys(readFromBelow) },
    ])
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(listed))
  })

  it('are seen in whatever a statement touches', () => {
    const open = (db: Db): void => {
      db.prepareQuery('WITH kept AS (SELECT image_id FROM review) SELECT * FROM kept, act', Number)
      db.prepareCommand("UPDATE image SET status = 'kept' WHERE id IN (SELECT image_id FROM embedding)")
    }
    const touched = new Set(reader.readRepo(open).map(({ kind, table }) => `${kind} ${table}`))
    expect(byName(touched)).toEqual([
      'reads act',
      'reads embedding',
      'reads image',
      'reads review',
      'writes image',
    ])
  })

  it('follow other tables by the triggers of the list', () => {
    const follows = byName(reader.readTriggers().map(({ on, table }) => `${table} follows ${on}`))
    const listed = Object.entries(tableOwners).flatMap(([table, { keptBy = [] }]) =>
      keptBy.map((on) => `${table} follows ${on}`),
    )
    expect(follows).toEqual(byName(listed))
  })

  it('are asked by repos alone, in statements that this test sees', () => {
    expect(listStatementsElsewhere()).toEqual([])
    expect(listLatePreparers().toSorted()).toEqual([
      'src/main/engine/data/catalogue/image-cell.repo.ts',
      'src/main/engine/data/snapshots/snapshot-source.repo.ts',
    ])
  })
})
