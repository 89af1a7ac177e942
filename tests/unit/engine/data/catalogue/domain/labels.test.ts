import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ageBins, binOfYears, labelSchemes } from '#shared/domain/label-schemes.ts'
import { readAgeText } from '#engine/data/catalogue/domain/age-text.ts'
import { readGenderText, readRaceText } from '#engine/data/catalogue/domain/category-text.ts'
import { readUtkfaceName } from '#engine/data/catalogue/domain/utkface-name.ts'

describe('a UTKFace file name', () => {
  test('gives age, gender and race for every sound name, with nothing to repair', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 116 }),
        fc.constantFrom(0, 1),
        fc.integer({ min: 0, max: 4 }),
        fc.stringMatching(/^\d{17}$/),
        fc.constantFrom('.jpg.chip.jpg', '.jpg', '.JPG'),
        (age, gender, race, date, ending) => {
          expect(readUtkfaceName(`${age}_${gender}_${race}_${date}${ending}`)).toEqual({
            labels: {
              ageYears: age,
              ageBin: binOfYears(age),
              gender: labelSchemes.utkface5.gender[gender],
              race: labelSchemes.utkface5.race[race],
              identity: null,
            },
            repairs: [],
          })
        },
      ),
    )
  })

  test.each([
    [
      '39_1_20170116174525125.jpg.chip.jpg',
      'race',
      '39_1_20170116174525125',
      null,
      'The race is missing from the name (age_gender_date). The image is kept with its race missing.',
    ],
    [
      '14_0_0_2017011022340900.jpg.chip.jpg',
      'date',
      '2017011022340900',
      null,
      'The date in the name has 16 digits instead of 17. The labels are readable.',
    ],
    [
      '28_1_2_201701161846515488.jpg.chip.jpg',
      'date',
      '201701161846515488',
      null,
      'The date in the name has 18 digits instead of 17. The labels are readable.',
    ],
    [
      '24_0_1_20170116220224657 .jpg.chip.jpg',
      'date',
      '20170116220224657 ',
      '20170116220224657',
      'A space stands after the date in the name. The labels are readable.',
    ],
    [
      '55_0_0_20170116232725357jpg.chip.jpg',
      'date',
      '20170116232725357jpg',
      '20170116232725357.jpg',
      'The dot between the date and the extension is missing. The labels are readable.',
    ],
    [
      '117_0_0_20170116232725357.jpg',
      'age',
      '117',
      null,
      'The age in the name is above 116. The label is left missing.',
    ],
    [
      '20_3_0_20170116232725357.jpg',
      'gender',
      '3',
      null,
      'The gender in the name is not one of 0 Male, 1 Female. The label is left missing.',
    ],
    [
      '20_1_7_20170116232725357.jpg',
      'race',
      '7',
      null,
      'The race in the name is not one of 0 White, 1 Black, 2 Asian, 3 Indian, 4 Others. The label is left missing.',
    ],
    [
      'holiday.jpg',
      'name',
      'holiday',
      null,
      'The name does not follow age_gender_race_date. The image is kept without labels.',
    ],
  ])('%s is repaired in one field with its own reason', (name, field, from, to, reason) => {
    expect(readUtkfaceName(name).repairs).toEqual([{ field, from, to, reason }])
  })

  test('keeps what is readable beside what is not', () => {
    expect(readUtkfaceName('39_1_20170116174525125.jpg.chip.jpg').labels).toEqual({
      ageYears: 39,
      ageBin: '30-39',
      gender: 'Female',
      race: null,
      identity: null,
    })
    expect(readUtkfaceName('200_0_4_20170116174525125.jpg.chip.jpg').labels).toEqual({
      ageYears: null,
      ageBin: null,
      gender: 'Male',
      race: 'Others',
      identity: null,
    })
  })

  test('no name whatever makes it throw or invent a label outside the scheme', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const { labels } = readUtkfaceName(name)
        expect([null, ...labelSchemes.utkface5.race]).toContain(labels.race)
        expect([null, ...labelSchemes.utkface5.gender]).toContain(labels.gender)
        expect(labels.ageYears === null || labels.ageYears <= 116).toBe(true)
      }),
    )
  })
})

describe('an age in a label file', () => {
  test.each([
    '03-Sep',
    '3-Sep',
    '9-Mar',
    '09-Mar',
    'Sep-03',
    'Mar-09',
    '9/3/2024',
    '3/9/2024',
    '2024-09-03',
    '2024-03-09 00:00:00',
    '03.09.2019',
    '9. Mrz',
    '9月3日',
    '3월 9일',
    '03-set',
    'mrt-09',
    '9-maa',
    '3 сен',
    '2019年9月3日',
    // 3 September 2019 and 9 March 2019 as a spreadsheet counts days.
    '43711',
    '43533',
  ])('%s is the bin 3-9 that a spreadsheet took for a date', (text) => {
    expect(readAgeText(text)).toEqual({
      value: { years: null, bin: '3-9' },
      repair: {
        field: 'age',
        from: text,
        to: '3-9',
        reason: 'A spreadsheet turned the age bin 3-9 into a date. The bin is restored.',
      },
    })
  })

  test.each([
    'Oct-19',
    '19-Oct',
    '10/19/2024',
    '19.10.2024',
    '2019-10-01',
    '01-Oct-19',
    '2024-10-19',
    '10月19日',
    'ott-19',
    '19-out',
    '19-окт',
    '19-paź',
    '43739',
    '43757',
  ])('%s is the bin 10-19 that a spreadsheet took for a date', (text) => {
    expect(readAgeText(text).value).toEqual({ years: null, bin: '10-19' })
    expect(readAgeText(text).repair?.to).toBe('10-19')
  })

  test('the nine bins and the published words for the last one need no repair', () => {
    for (const { label } of ageBins) {
      expect(readAgeText(label)).toEqual({ value: { years: null, bin: label }, repair: null })
    }
    expect(readAgeText('more than 70')).toEqual({ value: { years: null, bin: '70+' }, repair: null })
    expect(readAgeText(' 20 – 29 ')).toEqual({ value: { years: null, bin: '20-29' }, repair: null })
  })

  test('years derive the bin', () => {
    expect(readAgeText('34')).toEqual({ value: { years: 34, bin: '30-39' }, repair: null })
    expect(readAgeText('2.9')).toEqual({ value: { years: 2.9, bin: '0-2' }, repair: null })
  })

  test.each([
    '12-Dec',
    '5-14',
    'young',
    '-4',
    '1e3',
    '117',
    'Feb-30',
    '03-Mar',
    '2019-2020',
    '43712',
    '12345',
    '9月4日',
  ])('%s is left missing and reported', (text) => {
    const { value, repair } = readAgeText(text)
    expect(value).toBeNull()
    expect(repair).toMatchObject({ field: 'age', from: text, to: null })
  })

  test('an empty cell is missing without a repair', () => {
    expect(['', '  ', 'NaN', 'N/A', 'unknown'].map(readAgeText)).toEqual(
      Array.from({ length: 5 }, () => ({ value: null, repair: null })),
    )
  })
})

describe('a category in a label file', () => {
  test('is found whatever its case and separators', () => {
    expect(readRaceText('latino hispanic', 'fairface7').value).toBe('Latino_Hispanic')
    expect(readRaceText('Middle_Eastern', 'fairface7').value).toBe('Middle Eastern')
    expect(readGenderText('F', 'fairface7').value).toBe('Female')
    expect(readGenderText('MALE', 'utkface5').value).toBe('Male')
  })

  test('outside the scheme it is left missing, and the scheme is named', () => {
    expect(readRaceText('Asian', 'fairface7').repair?.reason).toBe(
      'This is not a race label of the scheme fairface7 (White, Black, Latino_Hispanic, East Asian, Southeast Asian, Indian, Middle Eastern). The label is left missing.',
    )
  })
})
