import { describe, expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import { readAnswers } from '../../../../src/main/hosts/cli/reading-answers.ts'

const images = ['faces/val/1.jpg', 'faces/caf\u{e9}/2.jpg', 'faces/train/3.jpg', 'faces/val/3.jpg'].map(
  (file, at) => ({
    imageId: imageId.parse(at + 11),
    isAnswered: false,
    file,
    imported: { race: null, gender: null, age: null },
  }),
)

const read = (...lines: readonly string[]) =>
  readAnswers(Buffer.from(lines.join('\n')), { file: '/bo.csv', images })
const actions = (...lines: readonly string[]) =>
  read(...lines).answers.map(({ imageId: id, action }) => [id, action])

describe('the answers of a second reader', () => {
  it.each([
    ['semicolons', 'image;answer', '11;keep'],
    ["Excel's line of the separator", 'sep=;\r\nimage;answer\r', '11;Keep\r'],
    ['tabs', 'image\tanswer', '11\tkeep'],
    ['heads in another case, behind a byte order mark', '\u{feff}Image , ANSWER', '11,keep'],
  ])('are read from tables with %s', (_, ...lines) => {
    expect(actions(...lines)).toEqual([[11, 'keep']])
  })

  it('find their images by number, else by every kind of path', () => {
    expect(
      actions(
        'image,file,answer',
        '11,,keep',
        ',/home/bo/faces/cafe\u{301}/2.jpg,remove',
        'C:\\faces\\VAL\\3.JPG,,remove',
        ',train/3.jpg,keep',
      ),
    ).toEqual([
      [11, 'keep'],
      [12, 'remove'],
      [14, 'remove'],
      [13, 'keep'],
    ])
    expect(read('file,answer', '3.jpg,keep', '9.jpg,keep').problems).toEqual([
      { line: 2, message: expect.stringContaining('"3.jpg" may be more than one image') },
      { line: 3, message: expect.stringContaining('"9.jpg" is no image of this reading') },
    ])
  })

  it('find a picture at the top of its data set by the path of another machine, where no row speaks of two such folders', () => {
    const top = images.slice(0, 1).map((one) => ({ ...one, imageId: imageId.parse(20), file: 'faces/7.jpg' }))
    const ask = (...lines: readonly string[]) =>
      readAnswers(Buffer.from(['file,answer', ...lines].join('\n')), { file: '/bo.csv', images: top })
    expect(ask('/mnt/old/7.jpg,keep').answers).toMatchObject([{ imageId: 20, line: 2 }])
    const both = ask('/mnt/old/7.jpg,keep', '/mnt/other/7.jpg,keep')
    expect(both.answers).toEqual([])
    expect(both.problems.map(({ line }) => line)).toEqual([2, 3])
  })

  it('that contradict each other are all told and none is taken; equal ones are one', () => {
    const found = read(
      'image,answer,task,value',
      '11,keep,,',
      '11,remove,,',
      '12,relabel,race,east asian',
      '12,relabel,race,East_Asian',
    )
    expect(found.answers).toMatchObject([{ imageId: 12, value: 'east asian' }])
    expect(found.problems.map(({ line }) => line)).toEqual([2, 3])
    expect(found.problems[0]?.message).toContain('lines 2, 3')
  })

  it('of a table without their columns, or in UTF-16, are refused with what to do', () => {
    expect(() => read('picture,answer', '1,keep')).toThrow(/no columns "image"/)
    expect(() =>
      readAnswers(Buffer.from('\u{feff}image,answer\n', 'utf16le'), { file: '/bo.csv', images }),
    ).toThrow(/UTF-16/)
  })
})
