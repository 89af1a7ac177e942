/** The look of a report in a browser and on paper; figures take their colours from the same variables. */
export const htmlStyle = `
:root{--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--ground:#fff;--raised:#f6f8fa;--mark:#0b5cad;--warn:#8a4b00}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--line:#30363d;--ground:#0d1117;--raised:#161b22;--mark:#6cb0f5;--warn:#f0b35e}}
*{box-sizing:border-box}
html{color-scheme:light dark}
body{margin:0 auto;max-width:52rem;padding:2.5rem 1.25rem 4rem;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:2rem;line-height:1.2;margin:.2rem 0 .6rem;letter-spacing:-.01em}
h2{font-size:1.4rem;line-height:1.3;margin:3rem 0 .8rem;padding-top:.7rem;border-top:2px solid var(--ink)}
h3{font-size:1.05rem;margin:2rem 0 .5rem}
p{margin:.6rem 0}
a{color:var(--mark)}
.date{color:var(--soft);margin:0}
.subtitle{font-size:1.1rem;color:var(--soft);margin:0}
nav{margin:1.6rem 0 0;padding:.8rem 1rem;background:var(--raised);border-radius:6px}
nav ol{margin:0;padding-left:1.4rem;columns:2;column-gap:2rem}
nav li{break-inside:avoid}
.findings{list-style:none;counter-reset:finding;margin:1rem 0 1.4rem;padding:0}
.findings li{counter-increment:finding;position:relative;padding:.8rem 1rem .8rem 3.2rem;border-left:4px solid var(--mark);background:var(--raised);margin:.6rem 0;border-radius:0 6px 6px 0}
.findings li::before{content:counter(finding);position:absolute;left:1.1rem;top:.62rem;font-size:1.5rem;font-weight:600;color:var(--mark)}
.findings strong{display:block;font-size:.8rem;letter-spacing:.04em;text-transform:uppercase;color:var(--soft)}
.findings p{margin:.15rem 0 0}
.callout{padding:.7rem 1rem;background:var(--raised);border-left:4px solid var(--warn)}
.table,.drawing{overflow-x:auto;margin:.8rem 0 1.2rem}
.table:focus-visible,.drawing:focus-visible,a:focus-visible{outline:2px solid var(--mark);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.875rem}
caption{text-align:left;color:var(--soft);padding:0 0 .4rem;caption-side:top}
th,td{padding:.32rem 1rem .32rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th{border-bottom:1.5px solid var(--ink);font-weight:600;vertical-align:bottom}
tbody th{font-weight:400;white-space:pre-wrap}
.right{text-align:right}
.faint th,.faint td{color:var(--soft)}
dl{margin:.8rem 0}
dl div{display:grid;grid-template-columns:minmax(9rem,13rem) 1fr;gap:.2rem 1rem;padding:.32rem 0;border-bottom:1px solid var(--line)}
dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere}
code{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
figure{margin:1rem 0 1.4rem}
figcaption{font-size:.875rem;color:var(--soft)}
svg{display:block;max-width:100%;min-width:34rem;height:auto}
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
svg .ink{fill:var(--ink)}svg .soft{fill:var(--soft)}svg .grid{stroke:var(--line)}svg .overall{stroke:var(--soft)}
svg .mark{fill:var(--mark)}svg .mark-line{stroke:var(--mark)}svg .mark-hollow{fill:var(--ground);stroke:var(--mark)}
@media (max-width:40rem){body{padding-top:1.2rem}nav ol{columns:1}dl div{grid-template-columns:1fr}h1{font-size:1.6rem}}
@media print{:root{--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--ground:#fff;--raised:#f6f8fa;--mark:#0b5cad;--warn:#8a4b00}@page{size:A4;margin:18mm 16mm}body{max-width:none;padding:0;font-size:10.5pt}nav{display:none}h2,h3{break-after:avoid}figure,tr,.findings li,dl div{break-inside:avoid}.table,.drawing{overflow:visible}svg{min-width:0}thead{display:table-header-group}}
`
