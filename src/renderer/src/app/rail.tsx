import { Link, useLocation, useRouter } from '@tanstack/react-router'
import styles from './frame.module.css'
import { returnTo } from './left-screens.ts'
import { screens, type ScreenEntry } from './screens.ts'

function RailLink({ screen }: { readonly screen: ScreenEntry }) {
  const { pathname } = useLocation()
  const router = useRouter()
  const isCurrent = pathname === screen.path
  const Icon = screen.icon
  return (
    <Link
      to={screen.path}
      className={styles['railLink']}
      onClick={(event) => {
        // With a key held a link opens elsewhere; a click on the screen in view shows it without filters.
        const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
        if (isPlain && !isCurrent && returnTo(router, screen.path)) event.preventDefault()
      }}
      {...(isCurrent ? { 'aria-current': 'page' as const } : {})}
    >
      <Icon size={20} stroke={1.6} aria-hidden />
      {screen.title}
    </Link>
  )
}

export function Rail() {
  return (
    <nav aria-label="Screens" className={styles['rail']}>
      <span className={styles['mark']} aria-hidden>
        <svg width="24" height="24" viewBox="0 0 32 32">
          <rect width="32" height="32" rx="7" fill="#2f6fed" />
          <rect x="8" y="10" width="16" height="4" rx="2" fill="#fff" />
          <rect x="8" y="18" width="16" height="4" rx="2" fill="#fff" />
        </svg>
      </span>
      {screens
        .filter((screen) => screen.path !== '/settings')
        .map((screen) => (
          <RailLink key={screen.path} screen={screen} />
        ))}
      <span className={styles['railEnd']} />
      {screens
        .filter((screen) => screen.path === '/settings')
        .map((screen) => (
          <RailLink key={screen.path} screen={screen} />
        ))}
    </nav>
  )
}
