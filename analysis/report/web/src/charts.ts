// One function a kind of chart. Each returns a drawing of the given width; main.ts puts it in its place.
import {areaY, axisX, axisY, barX, dot, gridX, gridY, line, link, plot, rectY, ruleX, ruleY, text} from "@observablehq/plot";
import type {Markish, PlotOptions} from "@observablehq/plot";
import {say} from "./data";
import type {Area, Bars, Chart, Columns, Intervals, Language, Lines, Ranges, Text, Tornado, Waterfall} from "./data";
import {date_ticks, fit, seconds_ticks, short_number, text_width} from "./format";
import {fill_of, pattern_definitions, style_of, svg} from "./style";

const ink = "#1b1f24", faint = "#d6dae0", muted = "#4a525c";
const halo = {stroke: "white", strokeWidth: 3} as const;

/// Draws, and takes away Plot's own style sheet: style.css has its rules, and the page allows no other.
function draw(chart: Chart, styles: string[], options: PlotOptions): Element {
  const drawing = plot({style: {fontFamily: "inherit", fontSize: "12px", background: "none", color: ink}, ...options});
  drawing.querySelectorAll("style").forEach((style) => style.remove());
  drawing.querySelectorAll("[aria-label]").forEach((part) => part.removeAttribute("aria-label"));  // one picture, one name
  drawing.prepend(pattern_definitions(chart.id, styles));
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-labelledby", `${chart.id}-finding`);
  drawing.classList.add("plot");
  return drawing;
}

/// Swatches with their names.
function legend(chart: Chart, entries: {label: string; style: string}[], as_lines = false): Element {
  const list = document.createElement("ul");
  list.className = "legend";
  for (const {label, style} of entries) {
    const entry = document.createElement("li");
    const swatch = svg("svg", {width: 22, height: 14, "aria-hidden": "true"});
    swatch.append(as_lines ? svg("line", {x1: 0, x2: 22, y1: 7, y2: 7, stroke: style_of(style).colour, "stroke-width": 2.5, "stroke-dasharray": style_of(style).dash ?? "none"})
                           : svg("rect", {x: 0.5, y: 0.5, width: 21, height: 13, fill: fill_of(chart.id, style), stroke: muted, "stroke-width": 0.7}));
    entry.append(swatch, label);
    list.append(entry);
  }
  return list;
}

function time_axis(from: Date, to: Date, width: number, language: Language): Markish[] {
  const ticks = date_ticks(from, to, Math.max(2, Math.floor(width / 58)), language);
  return [axisX(ticks.map((tick) => tick.at), {tickFormat: (at: Date) => ticks.find((tick) => +tick.at === +at)?.text ?? "", label: null, tickSize: 4, color: ink})];
}

/// The level axis, with room for its figures on the left.
function level_axis(top: number, language: Language): {marks: Markish[]; margin: number} {
  const format = (value: number) => short_number(value, language);
  return {marks: [gridY({ticks: 5, stroke: faint, strokeOpacity: 1}), axisY({ticks: 5, tickFormat: format, label: null, tickSize: 0, color: ink})],
          margin: Math.max(34, text_width(format(top)) + 26)};
}

/// Names of rows on the left, cut where they would take more than two fifths of the width; the table has them whole.
function row_names(labels: Text[], width: number, language: Language): {margin: number; format: (index: number) => string} {
  const room = Math.max(90, width * 0.4);
  const names = labels.map((label) => fit(say(label, language), room));
  return {margin: Math.ceil(Math.max(...names.map(text_width))) + 12, format: (index) => names[index]};
}

function waterfall(chart: Waterfall, width: number, language: Language): Element[] {
  const {margin, format} = row_names(chart.rows.map((row) => row.label), width, language);
  const last = chart.rows.length - 1;
  const split = chart.parts.length > 0;
  const rows = chart.rows.map((row, index) => ({...row, index}));
  const bars = split ? rows.slice(0, -1) : rows;
  const parts = chart.parts.map((part) => ({...part, index: last}));
  // The figure stands left of its bar, or right, or on it: wherever there is white paper.
  const left = rows.filter((row) => row.from > 18), right = rows.filter((row) => row.from <= 18 && row.to < 82), inside = rows.filter((row) => row.from <= 18 && row.to >= 82);
  const value = (row: {text: Text}) => say(row.text, language);
  const drawing = draw(chart, [...rows, ...parts].map((row) => row.style), {
    width, marginLeft: margin, marginRight: 14, marginTop: 4, marginBottom: 26, height: rows.length * 26 + 30,
    x: {domain: [0, 100]}, y: {type: "band", domain: rows.map((row) => row.index), padding: 0.22},
    marks: [
      gridX({ticks: 5, stroke: faint, strokeOpacity: 1}),
      axisX({ticks: 5, tickFormat: (tick: number) => `${tick}%`, label: null, tickSize: 0, color: ink}),
      axisY({tickFormat: format, label: null, tickSize: 0, color: ink}),
      ...[...bars, ...parts].map((row) => barX([row], {x1: "from", x2: "to", y: "index", fill: fill_of(chart.id, row.style), stroke: muted, strokeWidth: 0.6})),
      text(left, {x: "from", y: "index", text: value, textAnchor: "end", dx: -5, fill: ink, ...halo}),
      text(right, {x: "to", y: "index", text: value, textAnchor: "start", dx: 5, fill: ink, ...halo}),
      ...inside.map((row) => text([row], {x: "to", y: "index", text: value, textAnchor: "end", dx: -6, fill: style_of(row.style).ink})),
      ruleX([0], {stroke: muted}),
    ],
  });
  if (!split) return [drawing];
  const caption = document.createElement("p");
  caption.className = "legend-title";
  caption.textContent = language === "ko" ? "마지막 막대, 작업의 결과별:" : "The last bar, by outcome of the job:";
  return [drawing, caption, legend(chart, chart.parts.map((part) => ({label: `${say(part.label, language)} ${value(part)}`, style: part.style})))];
}

/// Lower and upper edges of stacked series.
function stack(series: {values: number[]}[], length: number): {low: number[]; high: number[]}[] {
  const level = new Array<number>(length).fill(0);
  return series.map(({values}) => {
    const low = [...level];
    values.forEach((value, index) => (level[index] += value));
    return {low, high: [...level]};
  });
}

function area(chart: Area, width: number, language: Language): Element[] {
  const x = chart.x.map((date) => new Date(date));
  const step = x.length > 1 ? +x[x.length - 1] - +x[x.length - 2] : 86400e3;
  x.push(new Date(+x[x.length - 1] + step));  // the last span has a width too
  const bands = stack(chart.series, chart.x.length);
  for (const band of bands) {
    band.low.push(band.low[band.low.length - 1]);
    band.high.push(band.high[band.high.length - 1]);
  }
  const top = Math.max(1, ...(bands[bands.length - 1]?.high ?? [1]));
  const axis = level_axis(top, language);
  const height = width < 520 ? 320 : 380;
  const pixels_x = (width - axis.margin - 12) / (x.length - 1), pixels_y = (height - 40) / top;
  const labels = chart.series.flatMap((each, at) => {
    // The widest place of the band in which its name fits.
    const name = say(each.label, language);
    const half = Math.max(0, Math.ceil((text_width(name) + 8) / 2 / pixels_x - 0.5));  // spans to either side
    let best = {room: 0, index: 0, y: 0};
    for (let index = half; index + half < chart.x.length; ++index) {
      const low = Math.max(...bands[at].low.slice(index - half, index + half + 1)), high = Math.min(...bands[at].high.slice(index - half, index + half + 1));
      if (high - low > best.room) best = {room: high - low, index, y: (low + high) / 2};
    }
    return best.room * pixels_y >= 15 ? [{x: new Date((+x[best.index] + +x[best.index + 1]) / 2), y: best.y, name, style: each.style}] : [];
  });
  const drawing = draw(chart, chart.series.map((each) => each.style), {
    width, height, marginLeft: axis.margin, marginRight: 12, marginTop: 12, marginBottom: 28, x: {type: "utc"}, y: {domain: [0, top]},
    marks: [
      ...chart.series.map((each, at) => areaY(x.map((date, index) => ({date, low: bands[at].low[index], high: bands[at].high[index]})),
                                             {x: "date", y1: "low", y2: "high", curve: "step-after", fill: fill_of(chart.id, each.style), stroke: "white", strokeWidth: 0.6})),
      ...axis.marks.slice(1), ...time_axis(x[0], x[x.length - 1], width, language),
      ...labels.map((label) => {
        const {ink: colour, colour: ground, pattern} = style_of(label.style);
        return text([label], {x: "x", y: "y", text: "name", fill: colour, ...(pattern ? {stroke: ground, strokeWidth: 4} : {})});
      }),
      ruleY([0], {stroke: muted}),
    ],
  });
  return [drawing, legend(chart, chart.series.map((each) => ({label: say(each.label, language), style: each.style})).reverse())];
}

function columns(chart: Columns, width: number, language: Language): Element[] {
  const from = chart.x.map((date) => new Date(date));
  const to = from.map((date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)));
  const bands = stack(chart.series, from.length);
  const top = Math.max(...bands[bands.length - 1].high, 1e-9);
  const axis = level_axis(top, language);
  const drawing = draw(chart, chart.series.map((each) => each.style), {
    width, height: 280, marginLeft: axis.margin, marginRight: 12, marginTop: 12, marginBottom: 28, x: {type: "utc"}, y: {domain: [0, top], nice: true},
    marks: [
      axis.marks[0],
      ...chart.series.map((each, at) => rectY(from.map((date, index) => ({from: date, to: to[index], low: bands[at].low[index], high: bands[at].high[index]})),
                                             {x1: "from", x2: "to", y1: "low", y2: "high", fill: fill_of(chart.id, each.style), insetLeft: 0.5, insetRight: 0.5})),
      axis.marks[1], ...time_axis(from[0], to[to.length - 1], width, language), ruleY([0], {stroke: muted}),
    ],
  });
  return [drawing, legend(chart, chart.series.map((each) => ({label: say(each.label, language), style: each.style})))];
}

function lines(chart: Lines, width: number, language: Language): Element[] {
  const series = chart.series.map((each) => ({...each, points: each.x.map((date, index) => ({x: new Date(date), y: each.y[index] ?? NaN}))}));
  const all = series.flatMap((each) => each.points).filter((point) => !Number.isNaN(point.y));
  const xs = all.map((point) => +point.x), ys = all.map((point) => point.y);
  const from = new Date(Math.min(...xs)), to = new Date(Math.max(...xs, Math.min(...xs) + 86400e3));
  const low = chart.zero === false ? Math.min(...ys) : 0, high = Math.max(...ys);
  const spread = Math.max(high - low, Math.abs(high) * 0.02, 1e-9);
  const domain: [number, number] = [chart.zero === false ? low - spread * 0.08 : 0, high + spread * 0.06];
  const axis = level_axis(domain[1], language);
  const height = 300, top = 12, bottom = 28;
  // Names at the ends of the lines, moved apart; on narrow screens the legend alone.
  const names = series.map((each) => say(each.label, language));
  const room = Math.max(...names.map(text_width)) + 14;
  const direct = width >= 560 && room < width * 0.3 && series.length > 1;
  const pixel = (y: number) => top + (height - top - bottom) * (1 - (y - domain[0]) / (domain[1] - domain[0]));
  const ends = series.map((each, index) => ({...each.points[each.points.length - 1], name: names[index], style: each.style, at: pixel(each.points[each.points.length - 1].y)}));
  const sorted = [...ends].sort((a, b) => a.at - b.at);
  sorted.forEach((end, index) => (end.at = Math.max(end.at, index > 0 ? sorted[index - 1].at + 15 : 0)));
  for (let index = sorted.length - 1, limit = height - bottom - 4; index >= 0; --index, limit -= 15) sorted[index].at = Math.min(sorted[index].at, limit);
  const drawing = draw(chart, [], {
    width, height, marginLeft: axis.margin, marginRight: direct ? room : 14, marginTop: top, marginBottom: bottom, x: {type: "utc", domain: [from, to]}, y: {domain},
    marks: [
      axis.marks[0],
      ...series.map((each) => line(each.points, {x: "x", y: "y", curve: chart.step ? "step-after" : "linear", stroke: style_of(each.style).colour, strokeWidth: 2.2, strokeDasharray: style_of(each.style).dash ?? "none"})),
      axis.marks[1], ...time_axis(from, to, width, language), ...(chart.zero === false ? [] : [ruleY([0], {stroke: muted})]),
      ...(direct ? ends.map((end) => text([end], {x: to, y: "y", dy: end.at - pixel(end.y), dx: 6, textAnchor: "start", text: "name", fill: ink})) : []),
    ],
  });
  return [drawing, legend(chart, series.map((each, index) => ({label: names[index], style: each.style})), true)];
}

function ranges(chart: Ranges, width: number, language: Language): Element[] {
  const {margin, format} = row_names(chart.rows.map((row) => row.label), width, language);
  const rows = chart.rows.map((row, index) => ({low: Math.max(row.low, 1), high: Math.max(row.high, 1), index, low_text: say(row.low_text, language), high_text: say(row.high_text, language)}));
  // Powers of ten on a plain scale: the log scale of the library picks its own labels.
  const log = Math.log10;
  const domain: [number, number] = [log(Math.min(...rows.map((row) => row.low)) / 1.8), log(Math.max(10, ...rows.map((row) => row.high)) * 1.8)];
  const inner = width - margin - 16;
  const pixel = (value: number) => (inner * (log(value) - domain[0])) / (domain[1] - domain[0]);
  const labels = rows.flatMap(({index, low, high, low_text, high_text}) => {
    if (pixel(high) - pixel(low) > (text_width(low_text) + text_width(high_text)) / 2 + 10) return [{index, x: low, label: low_text}, {index, x: high, label: high_text}];
    return [{index, x: Math.sqrt(low * high), label: low_text === high_text ? low_text : `${low_text} – ${high_text}`}];
  }).map((label) => {
    // A label stays within the plot.
    const half = text_width(label.label) / 2, at = pixel(label.x);
    return {...label, shift: Math.max(half - at, 0) - Math.max(at + half - inner, 0)};
  });
  const ticks = seconds_ticks.filter(([at]) => log(at) >= domain[0] && log(at) <= domain[1]);
  const fewer = ticks.filter((_, index) => index % Math.max(1, Math.ceil((ticks.length * 52) / inner)) === 0);
  const drawing = draw(chart, [], {
    width, marginLeft: margin, marginRight: 16, marginTop: 8, marginBottom: 28, height: rows.length * 40 + 36,
    x: {domain}, y: {type: "band", domain: rows.map((row) => row.index), padding: 0},
    marks: [
      gridX(fewer.map(([at]) => log(at)), {stroke: faint, strokeOpacity: 1}),
      axisX(fewer.map(([at]) => log(at)), {tickFormat: (at: number) => fewer.find(([tick]) => log(tick) === at)?.[language === "ko" ? 2 : 1] ?? "", label: null, tickSize: 4, color: ink}),
      axisY({tickFormat: format, label: null, tickSize: 0, color: ink}),
      link(rows, {x1: (row) => log(row.low), x2: (row) => log(row.high), y: "index", stroke: "#56b4e9", strokeWidth: 5, strokeLinecap: "round"}),
      dot(rows, {x: (row) => log(row.low), y: "index", r: 5.5, fill: "#0072b2"}),
      dot(rows, {x: (row) => log(row.high), y: "index", r: 5, fill: "white", stroke: "#0072b2", strokeWidth: 2}),
      ...labels.map((label) => text([label], {x: log(label.x), y: "index", text: "label", dy: -13, dx: label.shift, fill: ink, ...halo})),
    ],
  });
  const key = document.createElement("p");
  key.className = "legend-title";
  key.textContent = language === "ko" ? "● 중앙값  ○ 90백분위" : "● median  ○ 90th percentile";
  return [drawing, key];
}

function bars(chart: Bars, width: number, language: Language): Element[] {
  // Long names, as of routes, stand above their bars.
  const above = Math.max(...chart.labels.map((label) => text_width(say(label, language)))) > Math.max(90, width * 0.4);
  const {margin, format} = above ? {margin: 8, format: () => ""} : row_names(chart.labels, width, language);
  const bands = stack(chart.series, chart.labels.length);
  const totals = bands[bands.length - 1].high;
  const top = Math.max(...totals, 1e-9);
  const number = (value: number) => short_number(value, language);
  const room = Math.max(...totals.map((total) => text_width(number(total)))) + 10;
  const indices = chart.labels.map((_, index) => index);
  const money = chart.scale === "krw" ? (language === "ko" ? " 원" : " KRW") : "";
  const drawing = draw(chart, chart.series.map((each) => each.style), {
    width, marginLeft: margin, marginRight: room + text_width(money), marginTop: 4, marginBottom: 26, height: chart.labels.length * (above ? 44 : 30) + 32,
    x: {domain: [0, top]}, y: {type: "band", domain: indices, padding: above ? 0.56 : 0.22},
    marks: [
      gridX({ticks: Math.max(2, Math.floor((width - margin) / 110)), stroke: faint, strokeOpacity: 1}),
      ...chart.series.map((each, at) => barX(indices.map((index) => ({index, low: bands[at].low[index], high: bands[at].high[index]})).filter((bar) => bar.high > bar.low),
                                            {x1: "low", x2: "high", y: "index", fill: fill_of(chart.id, each.style), stroke: muted, strokeWidth: 0.5})),
      axisX({ticks: Math.max(2, Math.floor((width - margin) / 110)), tickFormat: number, label: null, tickSize: 0, color: ink}),
      axisY({tickFormat: format, label: null, tickSize: 0, color: ink}),
      text(indices, {x: (index: number) => totals[index], y: (index: number) => index, text: (index: number) => number(totals[index]) + money, textAnchor: "start", dx: 5, fill: ink, ...halo}),
      ...(above ? [text(indices, {x: 0, y: (index: number) => index, text: (index: number) => fit(say(chart.labels[index], language), width - 16), textAnchor: "start", dy: -18, fill: ink, ...halo})] : []),
      ruleX([0], {stroke: muted}),
    ],
  });
  return chart.series.length > 1 ? [drawing, legend(chart, chart.series.map((each) => ({label: say(each.label, language), style: each.style})))] : [drawing];
}

function intervals(chart: Intervals, width: number, language: Language): Element[] {
  const {margin, format} = row_names(chart.rows.map((row) => row.label), width, language);
  const rows = chart.rows.map((row, index) => ({...row, index, label: say(row.text, language)}));
  const low = Math.min(chart.zero, ...rows.map((row) => row.low)), high = Math.max(chart.zero, ...rows.map((row) => row.high));
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  const domain: [number, number] = [low - room, high + room];
  const inner = width - margin - 16;
  const pixel = (value: number) => (inner * (value - domain[0])) / (domain[1] - domain[0]);
  const ticks = Math.max(2, Math.floor(inner / 110));
  return [draw(chart, [], {
    width, marginLeft: margin, marginRight: 16, marginTop: 8, marginBottom: 28, height: rows.length * 44 + 36,
    x: {domain}, y: {type: "band", domain: rows.map((row) => row.index), padding: 0},
    marks: [
      gridX({ticks, stroke: faint, strokeOpacity: 1}),
      axisX({ticks, tickFormat: (value: number) => short_number(value, language), label: null, tickSize: 0, color: ink}),
      axisY({tickFormat: format, label: null, tickSize: 0, color: ink}),
      ruleX([chart.zero], {stroke: ink, strokeWidth: 1.5}),
      link(rows, {x1: "low", x2: "high", y: "index", stroke: "#56b4e9", strokeWidth: 5, strokeLinecap: "round"}),
      dot(rows, {x: "mid", y: "index", r: 5.5, fill: "#0072b2"}),
      ...rows.map((row) => {
        // A label stays within the plot.
        const half = text_width(row.label) / 2, at = pixel(row.mid);
        return text([row], {x: "mid", y: "index", text: "label", dy: -14, dx: Math.max(half - at, 0) - Math.max(at + half - inner, 0), fill: ink, ...halo});
      }),
    ],
  })];
}

function tornado(chart: Tornado, width: number, language: Language): Element[] {
  // Long names stand above their bars.
  const margin = 8;
  const rows = chart.rows.map((row, index) => ({index, name: say(row.label, language), sides: [
    {index, x1: Math.min(chart.base, row.at_low), x2: Math.max(chart.base, row.at_low), to: row.at_low, label: say(row.low_text, language), low: true},
    {index, x1: Math.min(chart.base, row.at_high), x2: Math.max(chart.base, row.at_high), to: row.at_high, label: say(row.high_text, language), low: false},
  ]}));
  const sides = rows.flatMap((row) => row.sides);
  const all = [chart.base, ...sides.map((side) => side.to)];
  const low = Math.min(...all), high = Math.max(...all);
  const widest = Math.max(...sides.map((side) => text_width(side.label))) + 10;
  const inner = width - margin - 16;
  const room = ((high - low || Math.abs(high) || 1) * Math.min(widest, inner * 0.3)) / Math.max(inner - 2 * Math.min(widest, inner * 0.3), 40);
  const ticks = Math.max(2, Math.floor(inner / 110));
  const indices = rows.map((row) => row.index);
  const drawing = draw(chart, [], {
    width, marginLeft: margin, marginRight: 16, marginTop: 4, marginBottom: 26, height: rows.length * 46 + 32,
    x: {domain: [low - room, high + room]}, y: {type: "band", domain: indices, padding: 0.56},
    marks: [
      gridX({ticks, stroke: faint, strokeOpacity: 1}),
      axisX({ticks, tickFormat: (value: number) => short_number(value, language), label: null, tickSize: 0, color: ink}),
      axisY({tickFormat: () => "", label: null, tickSize: 0, color: ink}),
      barX(sides.filter((side) => side.low), {x1: "x1", x2: "x2", y: "index", fill: "#56b4e9", stroke: muted, strokeWidth: 0.5}),
      barX(sides.filter((side) => !side.low), {x1: "x1", x2: "x2", y: "index", fill: "#e69f00", stroke: muted, strokeWidth: 0.5}),
      ruleX([chart.base], {stroke: ink, strokeWidth: 1.5}),
      ...sides.map((side) => text([side], {x: "to", y: "index", text: "label", textAnchor: side.to < chart.base ? "end" : "start", dx: side.to < chart.base ? -5 : 5, fill: ink, ...halo})),
      ...rows.map((row) => text([row], {x: low - room, y: "index", text: () => fit(row.name, inner), textAnchor: "start", dy: -18, fill: ink, ...halo})),
    ],
  });
  const key = document.createElement("p");
  key.className = "legend-title";
  key.textContent = language === "ko" ? "■ 파랑: 입력이 하한일 때  ■ 주황: 상한일 때" : "■ blue: the input at its low end  ■ orange: at its high end";
  return [drawing, key];
}

export function draw_chart(chart: Chart, width: number, language: Language): Element[] {
  switch (chart.kind) {
    case "waterfall": return waterfall(chart, width, language);
    case "area": return area(chart, width, language);
    case "columns": return columns(chart, width, language);
    case "lines": return lines(chart, width, language);
    case "ranges": return ranges(chart, width, language);
    case "bars": return bars(chart, width, language);
    case "intervals": return intervals(chart, width, language);
    case "tornado": return tornado(chart, width, language);
  }
}
