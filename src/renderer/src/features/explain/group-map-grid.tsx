import { colourCell } from '#shared/derived/group-maps-svg.ts'
import styles from './explain.module.css'

export interface MapValues {
  /** `[cells x cells]`, null where nothing is told. */
  readonly values: readonly (number | null)[]
  readonly cells: number
  /** The value that is drawn strongest. */
  readonly most: number
  /** Cells that are framed, as those that differ beyond chance. */
  readonly marked?: readonly boolean[]
}

const side = 160

/** A grid of cells as a picture: orange above 0, blue below, over the outline of a face where the frame has it. */
export function GroupMapGrid({ values, cells, most, marked, label }: MapValues & { readonly label: string }) {
  const step = side / cells
  return (
    // A drawing of cells is no file that an img could show.
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
    <svg className={styles['grid']} viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label}>
      <rect width={side} height={side} fill="#fff" />
      {values.map((value, at) => {
        if (value === null) return null
        const [x, y] = [(at % cells) * step, Math.floor(at / cells) * step]
        return (
          <rect
            // The cells have no other name than their place.
            key={`${x} ${y}`}
            x={x}
            y={y}
            width={step + 0.3}
            height={step + 0.3}
            fill={colourCell(value, most)}
          />
        )
      })}
      {marked?.map((isMarked, at) =>
        isMarked ? (
          <rect
            key={`mark ${(at % cells) * step} ${Math.floor(at / cells) * step}`}
            x={(at % cells) * step + 1}
            y={Math.floor(at / cells) * step + 1}
            width={step - 2}
            height={step - 2}
            fill="none"
            stroke="#111"
            strokeWidth={1.2}
          />
        ) : null,
      )}
      <FaceOutline />
    </svg>
  )
}

/** Where the eyes, the nose and the mouth of all faces lie. */
function FaceOutline() {
  const place = (share: number) => share * side
  return (
    <g fill="none" stroke="#444" strokeWidth={1} strokeDasharray="3 2">
      <ellipse cx={place(0.5)} cy={place(0.52)} rx={place(0.3)} ry={place(0.4)} />
      <ellipse cx={place(0.37)} cy={place(0.42)} rx={place(0.07)} ry={place(0.03)} />
      <ellipse cx={place(0.63)} cy={place(0.42)} rx={place(0.07)} ry={place(0.03)} />
      <path d={`M${place(0.5)} ${place(0.44)} L${place(0.5)} ${place(0.58)}`} />
      <path d={`M${place(0.4)} ${place(0.71)} Q${place(0.5)} ${place(0.76)} ${place(0.6)} ${place(0.71)}`} />
    </g>
  )
}
