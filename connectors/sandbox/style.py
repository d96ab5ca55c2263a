"""How the sandboxes' pages look."""

STYLE = """
:root { color-scheme: light dark; --ink: #1d2530; --soft: #68727f; --line: #e2e6eb;
  --ground: #f5f6f8; --card: #fff; --mark: #0b6b5c; --pill: #e6f2ef; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ed; --soft: #98a2af; --line: #303843;
  --ground: #14181e; --card: #1c222a; --mark: #5cc7b2; --pill: #20383a; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; background: var(--ground);
  color: var(--ink); font: 14px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -.01em; }
header p { margin: 0; color: var(--soft); flex: 1; }
a { color: var(--mark); text-decoration: none; }
a:hover { text-decoration: underline; }
input, button { font: inherit; color: inherit; padding: .3rem .6rem; border-radius: 6px;
  border: 1px solid var(--line); background: var(--card); }
form a { margin-left: .75rem; font-size: .85rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(12.5rem, 1fr)); gap: .75rem;
  margin: 1.25rem 0 1rem; }
dl div, section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
dl div { padding: .75rem 1rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: .15rem 0 0; font-size: 1.2rem; font-weight: 600; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin-bottom: 1rem; font-size: .9rem; }
section { margin-bottom: 1rem; padding: .9rem 1rem 1rem; overflow-x: auto; }
h2 { margin: 0 0 .5rem; font-size: 1.02rem; }
h2 small, section p { color: var(--soft); font-weight: 400; }
section p { margin: 0; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-size: .78rem; font-weight: 600; color: var(--soft); }
th, td { padding: .32rem .9rem .32rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.state span { background: var(--pill); color: var(--mark); border-radius: 99px;
  padding: .05rem .55rem; font-size: .85em; white-space: nowrap; }
.code:first-child { white-space: nowrap; }
.nothing { color: var(--soft); opacity: .6; }
.narrow { width: auto; min-width: 24rem; }
.state span:empty { display: none; }
.code span { font: 12px/1.4 ui-monospace, monospace; }
.code:not(:first-child) span { overflow-wrap: anywhere; }
"""
