import type {Language} from "./data";

const trim = (value: number): string => {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 99.5 || size === 0 ? 0 : size >= 9.95 ? 1 : size >= 0.1 ? 2 : 3).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  return text.replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ",");
};

/// Short figures for axes and ends of bars, in the words of each language.
export function short_number(value: number, language: Language): string {
  const scales: [number, string][] = language === "ko" ? [[1e12, "조"], [1e8, "억"], [1e4, "만"]] : [[1e12, " tn"], [1e9, " bn"], [1e6, " M"], [1e3, " k"]];
  for (const [size, word] of scales) if (Math.abs(value) >= size * 0.9995) return trim(value / size) + word;
  return trim(value);
}

export const seconds_ticks: [number, string, string][] = [
  [1, "1 s", "1초"], [10, "10 s", "10초"], [60, "1 min", "1분"], [600, "10 min", "10분"], [3600, "1 h", "1시간"], [21600, "6 h", "6시간"],
  [86400, "1 d", "1일"], [604800, "7 d", "7일"], [2592000, "30 d", "30일"], [31536000, "1 y", "1년"],
];

const english = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Days on which to put a tick between two dates so that about `room` labels fit, and what they say.
export function date_ticks(from: Date, to: Date, room: number, language: Language): {at: Date; text: string}[] {
  const days = (to.getTime() - from.getTime()) / 86400e3;
  const ticks: {at: Date; text: string}[] = [];
  if (days / Math.max(room, 1) < 20) {
    const step = [1, 2, 7, 14, 28].find((each) => days / each <= room) ?? 28;
    for (let at = from.getTime(); at <= to.getTime(); at += step * 86400e3) {
      const date = new Date(at);
      const day = date.getUTCDate(), month = date.getUTCMonth();
      ticks.push({at: date, text: language === "ko" ? `${month + 1}.${day}.` : `${day} ${english[month]}`});
    }
    return ticks;
  }
  const step = [1, 2, 3, 6, 12, 24, 60].find((each) => days / 30.4 / each <= room) ?? 120;
  const first = from.getUTCFullYear() * 12;
  for (let index = first; ; index += step) {
    const at = new Date(Date.UTC(Math.floor(index / 12), index % 12, 1));
    if (at > to) return ticks;
    if (at < from) continue;
    const month = index % 12, year = Math.floor(index / 12);
    ticks.push({at, text: month === 0 ? (language === "ko" ? `${year}년` : `${year}`) : language === "ko" ? `${month + 1}월` : english[month]});
  }
}

const canvas = document.createElement("canvas").getContext("2d");
/// Pixels a text takes in the charts' letters.
export function text_width(text: string): number {
  if (!canvas) return text.length * 8;
  canvas.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return canvas.measureText(text).width;
}

/// The text, or as much of it as fits, with an ellipsis.
export function fit(text: string, width: number): string {
  if (text_width(text) <= width) return text;
  let end = text.length;
  while (end > 1 && text_width(text.slice(0, end) + "…") > width) --end;
  return text.slice(0, end).trimEnd() + "…";
}
