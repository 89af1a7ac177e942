import * as z from 'zod'

// zod compiles parsers with `new Function` where it may; the window's content security policy forbids that,
// so it is told before the first schema is made.
z.config({ jitless: true })
