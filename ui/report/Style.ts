/** The report's style: system fonts, light and dark by the reader's choice, one column on a phone. */
export const style = `
:root{color-scheme:light dark;--back:#f7f7f5;--card:#fff;--ink:#1b1f24;--soft:#5d6671;--line:#e2e4e8;--main:#2357c6;--good:#1a7f47;--bad:#b3411e;--warn:#8a6100}
@media (prefers-color-scheme:dark){:root{--back:#14171a;--card:#1d2125;--ink:#e8eaed;--soft:#9aa4af;--line:#32383f;--main:#7ba7ff;--good:#5fc98f;--bad:#f08a63;--warn:#e0b454}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1080px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px}
h2{font-size:16px;margin:0 0 2px}
p{margin:0 0 10px;color:var(--soft)}
header{margin-bottom:20px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-bottom:20px}
.tile,.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
.tile b{display:block;font-size:26px;line-height:1.2;font-weight:650;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(330px,100%),1fr));gap:12px;margin-bottom:20px}
.card p{font-size:13px;margin-bottom:6px}
svg{display:block;width:100%;height:auto}
.grid{stroke:var(--line)}.tick{fill:var(--soft);font-size:11px}.name{fill:var(--ink);font-size:12px}
.line{fill:none;stroke:var(--main);stroke-width:2;stroke-linejoin:round}.dot,.bar{fill:var(--main)}
.limit{stroke:var(--bad);stroke-dasharray:4 4}
.change{stroke-width:2}.good .change{stroke:var(--good)}.bad .change{stroke:var(--bad)}
.ring{fill:var(--card);stroke-width:1.5}.good .ring{stroke:var(--good)}.bad .ring{stroke:var(--bad)}
.good .mark{fill:var(--good)}.bad .mark{fill:var(--bad)}
.scroll{overflow-x:auto;padding:0}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:8px 12px;border-bottom:1px solid var(--line);vertical-align:top}
caption{text-align:left;padding:14px 12px 6px;font-weight:650;font-size:16px}
th{color:var(--soft);font-weight:500;white-space:nowrap}
tr:last-child td{border-bottom:0}
td.n,th.n{text-align:right;white-space:nowrap}
td.text{min-width:190px}
.tag{font-weight:600;white-space:nowrap}.learned{color:var(--good)}.rolled{color:var(--bad)}.skipped{color:var(--warn)}
small{color:var(--soft)}
footer{margin-top:20px;font-size:13px}
@media print{body{background:#fff}.card,.tile{break-inside:avoid}}
`.trim()
