/** How the page looks: light and dark, narrow and wide, and printed. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --faint: #57606a; --line: #d0d7de; --fill: #0b5cad; --track: #e3e8ee; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --faint: #9da7b3; --line: #30363d; --fill: #58a6ff; --track: #21262d; --bad: #ff8b83; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
code { font: .85em/1.4 ui-monospace, "Cascadia Mono", Consolas, monospace; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--faint); font-weight: 600; }
tbody th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.short { white-space: nowrap; }
.faint, tbody th span { color: var(--faint); font-weight: 400; }
tbody th span { display: block; font-size: .85em; }
.summary { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; margin: 1.5rem 0 0; }
.summary dt { color: var(--faint); font-size: .85rem; }
.summary dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.bar { display: block; width: 9rem; height: .5rem; margin: .4rem 0 .2rem; background: var(--track); border-radius: .3rem; overflow: hidden; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.bar span { display: block; height: 100%; background: var(--fill); }
.bar.full span { background: var(--bad); }
.over { color: var(--bad); }
.timeline { display: flex; flex-wrap: wrap; align-items: flex-end; gap: .25rem .75rem; list-style: none; margin: .5rem 0 0; padding: 0; font-size: .8rem; }
.timeline li { display: flex; flex-direction: column; align-items: center; min-width: 3.5rem; }
.column { width: 1.5rem; background: var(--fill); border-radius: .2rem .2rem 0 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.month { color: var(--faint); }
dl { margin: .5rem 0 1rem; }
dt { color: var(--faint); font-size: .85rem; }
dd { margin: 0 0 .5rem; }
@media screen and (max-width: 48rem) {
  thead { display: none; }
  table, tbody, tr, th, td { display: block; width: 100%; }
  tr { padding: .6rem 0; border-bottom: 1px solid var(--line); }
  th, td { border: 0; padding: .1rem 0; overflow-wrap: anywhere; }
  td { display: grid; grid-template-columns: 8.5rem 1fr; }
  td:empty { display: none; }
  td > * { grid-column: 2; }
  td::before { content: attr(data-label); color: var(--faint); grid-column: 1; grid-row: 1; }
  .number { text-align: left; }
}
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --faint: #444; --line: #bbb; --fill: #0b5cad; --track: #e3e8ee; --bad: #b3261e; } body { max-width: none; padding: 0; font-size: 11px; } thead { display: table-header-group; } tr { break-inside: avoid; } h2 { break-after: avoid; } }
`;
