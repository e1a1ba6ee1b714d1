// What the page carries for the charts: made by C++ (analysis/report/section_*.cpp), read here.

/// A text that is the same in both languages, or one in each.
export type Text = string | {en: string; ko: string};
export type Language = "en" | "ko";

export interface Series {
  label: Text;
  style: string;
  values: number[];
}

interface Named {
  id: string;
}
/// Horizontal bars of which each begins where the one above ends; `parts` split the last.
export interface Waterfall extends Named {
  kind: "waterfall";
  rows: {label: Text; from: number; to: number; text: Text; style: string}[];
  parts: {label: Text; from: number; to: number; text: Text; style: string}[];
}
/// Stacked bands over days, from the bottom up.
export interface Area extends Named {
  kind: "area";
  x: string[];
  series: Series[];
}
/// Stacked columns, one a month.
export interface Columns extends Named {
  kind: "columns";
  x: string[];
  series: Series[];
}
/// Lines over days, each with its own points.
export interface Lines extends Named {
  kind: "lines";
  step: boolean;
  zero?: boolean;
  series: {label: Text; style: string; x: string[]; y: (number | null)[]}[];  // null: the line breaks off
}
/// A span of seconds a row, logarithmic.
export interface Ranges extends Named {
  kind: "ranges";
  rows: {label: Text; low: number; high: number; low_text: Text; high_text: Text}[];
}
/// Stacked horizontal bars.
export interface Bars extends Named {
  kind: "bars";
  labels: Text[];
  series: Series[];
  scale: "count" | "krw" | "plain";
}
/// A dot with its interval a row, against a line at `zero`.
export interface Intervals extends Named {
  kind: "intervals";
  zero: number;
  rows: {label: Text; low: number; mid: number; high: number; text: Text; style: string}[];
}
/// Bars to both sides of `base`, the widest on top: what the answer is with one input at an end of its range.
export interface Tornado extends Named {
  kind: "tornado";
  base: number;
  rows: {label: Text; at_low: number; at_high: number; low_text: Text; high_text: Text}[];
}
export type Chart = Waterfall | Area | Columns | Lines | Ranges | Bars | Intervals | Tornado;

export interface Data {
  title: Text;
  charts: Chart[];
}

export const say = (text: Text, language: Language): string => (typeof text === "string" ? text : text[language]);
