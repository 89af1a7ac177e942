import { describe, expect, it } from 'vitest'
import { mapWord, readMappedAge } from '#engine/assessment/baselines/domain/map-words.ts'
import { readJsonAnswer } from '#engine/assessment/baselines/domain/read-json-answer.ts'

const none = { race: null, gender: null, age: null }

describe('the stored answer of', () => {
  it('Azure Face is nobody for an empty list, an error for an error, and else its largest face', () => {
    const face = (gender: string, width: number) => ({
      faceRectangle: { width, height: width },
      faceAttributes: { gender, age: 31 },
    })
    expect(readJsonAnswer([], 'azure-face')).toMatchObject({ outcome: 'undetected', faces: 0 })
    expect(readJsonAnswer({ error: { code: 'RateLimitExceeded' } }, 'azure-face')?.outcome).toBe('notAsked')
    expect(readJsonAnswer([face('male', 10), face('female', 40)], 'azure-face')).toEqual({
      outcome: 'answered',
      race: null,
      gender: 'female',
      age: '31',
      faces: 2,
    })
    expect(readJsonAnswer({ faces: [] }, 'azure-face')).toBeNull()
  })

  it('Face++ is not asked where it gives an error without faces', () => {
    const attributes = { gender: { value: 'Female' }, age: { value: 27 }, ethnicity: { value: '' } }
    expect(readJsonAnswer({ error_message: 'INVALID_IMAGE_SIZE: image_file' }, 'facepp')?.outcome).toBe(
      'notAsked',
    )
    expect(readJsonAnswer({ faces: [], face_num: 0 }, 'facepp')?.outcome).toBe('undetected')
    expect(readJsonAnswer({ faces: [{ attributes }] }, 'facepp')).toMatchObject({
      outcome: 'answered',
      race: null,
      gender: 'Female',
      age: '27',
    })
  })

  it('Google Vision says where faces are, and no more', () => {
    const faceAnnotations = [{ boundingPoly: { vertices: [{}, { x: 110 }, { x: 110, y: 125 }, { y: 125 }] } }]
    expect(readJsonAnswer({ responses: [{ faceAnnotations }] }, 'google-vision')).toEqual({
      outcome: 'answered',
      ...none,
      faces: 1,
    })
    expect(readJsonAnswer({ responses: [{}] }, 'google-vision')?.outcome).toBe('undetected')
    expect(readJsonAnswer({ responses: [{ error: { code: 3 } }] }, 'google-vision')?.outcome).toBe('notAsked')
  })

  it('Rekognition gives a range of ages, whose middle is taken', () => {
    const face = {
      BoundingBox: { Width: 0.2, Height: 0.2 },
      AgeRange: { Low: 20, High: 28 },
      Gender: { Value: 'Male' },
    }
    expect(readJsonAnswer({ FaceDetails: [face] }, 'rekognition')).toMatchObject({
      gender: 'Male',
      age: '24',
    })
    expect(readJsonAnswer({ FaceDetails: [] }, 'rekognition')?.outcome).toBe('undetected')
    expect(readJsonAnswer({ __type: 'InvalidImageFormatException' }, 'rekognition')?.outcome).toBe('notAsked')
  })

  it('DeepFace that took the whole picture for a face found none', () => {
    const face = { dominant_race: 'latino hispanic', dominant_gender: 'Woman', age: 33, face_confidence: 0.9 }
    expect(readJsonAnswer([face], 'deepface')).toMatchObject({
      race: 'latino hispanic',
      gender: 'Woman',
      age: '33',
    })
    expect(readJsonAnswer([{ ...face, face_confidence: 0 }], 'deepface')?.outcome).toBe('undetected')
    expect(readJsonAnswer('nothing', 'deepface')).toBeNull()
  })
})

describe('words of other systems', () => {
  const map = (word: string, task: 'race' | 'gender' | 'age', scheme: 'fairface7' | 'utkface5') =>
    mapWord(word, task, { scheme, rules: [] })

  it('stand for the labels of the scheme that they are held against', () => {
    expect(map('Woman', 'gender', 'utkface5')).toBe('Female')
    expect(map('latino hispanic', 'race', 'fairface7')).toBe('Latino_Hispanic')
    expect(map('latino hispanic', 'race', 'utkface5')).toBe('Others')
    expect(map('Southeast Asian', 'race', 'utkface5')).toBe('Asian')
    // No single label of FairFace's seven.
    expect(map('asian', 'race', 'fairface7')).toBeNull()
    expect(map('70-130', 'age', 'utkface5')).toBe('70+')
    expect(map('09-Mar', 'age', 'utkface5')).toBe('3-9')
  })

  it('follow the rules of the user first', () => {
    const rules = [
      { task: 'race', from: 'ASIAN', to: 'East Asian' },
      { task: 'race', from: 'White', to: null },
    ] as const
    const mapped = (word: string) => mapWord(word, 'race', { scheme: 'fairface7', rules })
    expect([mapped('asian'), mapped('White'), mapped('Black')]).toEqual(['East Asian', null, 'Black'])
  })

  it('give years their bin, and a bin no years', () => {
    expect(readMappedAge('31.5')).toEqual({ bin: '30-39', years: 31.5 })
    expect(readMappedAge('20-29')).toEqual({ bin: '20-29', years: null })
    expect(readMappedAge('old')).toEqual({ bin: null, years: null })
  })
})
