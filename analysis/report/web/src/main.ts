// What the page does with a script: draws the charts, follows the language switch, filters the assumptions.
// Without it the page has all its text and tables, and the switch works by style sheet.
import {draw_chart} from "./charts";
import {say} from "./data";
import type {Chart, Data, Language} from "./data";

const root = document.documentElement;
const source = document.getElementById("chart-data");
const data: Data = JSON.parse(source?.textContent ?? '{"title":"","charts":[]}');
const charts = new Map<string, Chart>(data.charts.map((chart) => [chart.id, chart]));
const places = [...document.querySelectorAll<HTMLElement>(".chart[data-chart]")];
const switches = [...document.querySelectorAll<HTMLInputElement>('input[name="language"]')];

const language = (): Language => (switches.find((each) => each.checked)?.value === "en" ? "en" : "ko");

function draw(place: HTMLElement): void {
  const chart = charts.get(place.dataset.chart ?? "");
  const width = Math.floor(place.clientWidth);
  if (!chart || width < 50) return;
  place.replaceChildren(...draw_chart(chart, width, language()));
  place.dataset.width = String(width);
}

/// The headings, texts and tables switch by style sheet; the title of the window and the charts here.
function follow_language(): void {
  root.lang = language();
  root.dataset.language = language();
  document.title = say(data.title, language());
  places.forEach(draw);
  count_assumptions();
}

// The run said which language; otherwise the reader's browser does.
if (!("asked" in root.dataset)) for (const each of switches) each.checked = each.value === (navigator.language.startsWith("ko") ? "ko" : "en");
for (const each of switches) each.addEventListener("change", follow_language);

const search = document.getElementById("assumption-filter") as HTMLInputElement | null;
const weak_only = document.getElementById("weak-only") as HTMLInputElement | null;
const rows = [...document.querySelectorAll<HTMLTableRowElement>("#assumption-values tbody tr")];
const texts = rows.map((row) => (row.textContent ?? "").toLowerCase());

function count_assumptions(): void {
  const output = document.getElementById("assumption-count");
  if (!output) return;
  const words = (search?.value ?? "").toLowerCase().split(/\s+/).filter((word) => word !== "");
  let shown = 0;
  rows.forEach((row, index) => {
    row.hidden = !words.every((word) => texts[index].includes(word));
    if (!row.hidden && (!weak_only?.checked || row.classList.contains("weak"))) ++shown;
  });
  output.textContent = language() === "ko" ? `${rows.length}개 중 ${shown}개` : `${shown} of ${rows.length}`;
}
search?.addEventListener("input", count_assumptions);
weak_only?.addEventListener("change", count_assumptions);

root.classList.add("with-script");
follow_language();
// A table beside a chart folds away once the chart stands.
for (const details of document.querySelectorAll<HTMLDetailsElement>("details[data-with-chart]")) details.open = false;

// A link to a table inside folded details opens them.
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="#"]');
  const details = link && document.getElementById(link.hash.slice(1))?.closest("details");
  if (details) details.open = true;
});

for (const place of places) new ResizeObserver(() => {
  if (Math.abs(place.clientWidth - Number(place.dataset.width ?? 0)) > 1) draw(place);
}).observe(place);
