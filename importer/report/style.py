"""How the page looks: on a wide screen, on a phone, in the dark, and on paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --card: #ffffff; --ink: #1d2321; --soft: #59625e;
  --line: #dcdfd9; --bar: #2f6f5e; --rest: #e4e8e2;
  --good: #1d6b4f; --bad: #a3261b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141817; --card: #1c2220; --ink: #e9ece8; --soft: #a6b0ab;
    --line: #343c39; --bar: #63b79c; --rest: #2c3431;
    --good: #7fd1b0; --bad: #ff9d90;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-inline-size: 62rem;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 0 0 .25rem; }
p { margin: 0 0 .75rem; max-inline-size: 46rem; }
.soft, dd { color: var(--soft); }
section { margin-block-start: 2.75rem; }
.cards {
  display: grid; gap: .75rem; margin: 1.5rem 0 0; padding: 0; list-style: none;
  grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr));
}
.cards li {
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .9rem 1rem 1rem; display: flex; flex-direction: column;
}
.cards .bar { margin-block-start: auto; }
.cards .name {
  display: block; color: var(--soft); font-size: .9rem; min-block-size: 2lh;
}
.cards .large {
  display: block; font-size: 1.75rem; font-weight: 650; line-height: 1.3;
}
.cards .of {
  display: block; font-size: .875rem; color: var(--soft); padding-block-end: .5rem;
}
.bar {
  display: block; block-size: .45rem; border-radius: .25rem; overflow: hidden;
  background: var(--rest); margin-block-start: .35rem;
}
.bar span { display: block; block-size: 100%; background: var(--bar); }
.verdict { border-inline-start: .3rem solid var(--good); padding: .1rem 0 .1rem .9rem; }
.verdict.broken { border-color: var(--bad); color: var(--bad); font-weight: 600; }
table { border-collapse: collapse; inline-size: 100%; margin-block-start: 1.5rem; }
caption { text-align: start; font-weight: 600; padding-block-end: .25rem; }
th, td {
  text-align: start; vertical-align: top; font-weight: 400;
  padding: .45rem 1.25rem .45rem 0; border-block-end: 1px solid var(--line);
}
thead th {
  font-size: .85rem; color: var(--soft); vertical-align: bottom; white-space: nowrap;
}
th:last-child, td:last-child { padding-inline-end: 0; }
table + p { margin-block-start: 1rem; }
.together { white-space: nowrap; }
tbody th { font-weight: 600; }
.number { text-align: end; }
td b { display: block; }
tr.total > * { border-block-start: 2px solid var(--soft); font-weight: 600; }
td .of { white-space: nowrap; color: var(--soft); font-size: .85rem; }
.money { display: block; white-space: nowrap; }
.wide { inline-size: 20%; min-inline-size: 8rem; }
.wide .bar { margin-block-start: .5rem; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .875em; }
dl { margin: .5rem 0 0; max-inline-size: 46rem; }
dt { font-weight: 600; }
dd { margin: 0 0 .6rem; }
footer { margin-block-start: 3rem; border-block-start: 1px solid var(--line); }
footer p { padding-block-start: .9rem; font-size: .875rem; color: var(--soft); }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; }
  .cards { grid-template-columns: 1fr; }
  .cards .name { min-block-size: 0; }
  thead {
    position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden;
    clip-path: inset(50%);
  }
  table, tbody, tr, th, td { display: block; inline-size: 100%; }
  caption { display: block; }
  tr { border-block-end: 1px solid var(--line); padding-block: .6rem; }
  th, td, .number { border: 0; padding: .1rem 0; text-align: start; }
  td { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: .5rem; }
  td::before { content: attr(data-name); color: var(--soft); font-size: .875rem; }
  td:empty, td.wide { display: none; }
  tr.total { border-block-start: 2px solid var(--soft); }
  tr.total > * { border: 0; }
}
@page { size: A4; margin: 16mm 15mm; }
@media print {
  :root {
    color-scheme: light;
    --ground: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444;
    --line: #bbbbbb; --bar: #333333; --rest: #dddddd; --good: #000000; --bad: #000000;
  }
  body { padding: 0; max-inline-size: none; font-size: 10pt; }
  h1 { font-size: 18pt; }
  section { margin-block-start: 9mm; }
  .cards { grid-template-columns: repeat(4, 1fr); }
  .bar { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, h2 + p, caption, thead { break-after: avoid; }
  tr, li, .verdict { break-inside: avoid; }
}
"""
