// Colours that stay apart for colour-blind readers (after Okabe and Ito), with hatching where two neighbours are close.

type Pattern = "lines" | "back" | "dots" | "cross";
export interface Style {
  colour: string;
  ink: string;  // text on it
  pattern?: Pattern;
  dash?: string;
}

const dark = "#1b1f24", light = "#ffffff";
const blue = "#0072b2", sky = "#56b4e9", green = "#009e73", yellow = "#f0e442", orange = "#e69f00", red = "#d55e00", pink = "#cc79a7", grey = "#8a8f98";

const styles: Record<string, Style> = {
  nominal: {colour: "#3c4450", ink: light},
  productive: {colour: blue, ink: light},
  overhead: {colour: sky, ink: dark},
  no_demand: {colour: yellow, ink: dark},
  fragmented: {colour: orange, ink: dark, pattern: "dots"},
  withheld: {colour: red, ink: dark},
  own_use: {colour: pink, ink: dark},
  down: {colour: "#30343a", ink: light},
  installing: {colour: "#9aa4ae", ink: dark, pattern: "back"},
  not_delivered: {colour: "#dde1e6", ink: dark, pattern: "lines"},
  completed: {colour: blue, ink: light},
  cancelled: {colour: orange, ink: dark, pattern: "lines"},
  failed: {colour: red, ink: dark, pattern: "cross"},
  running: {colour: sky, ink: dark},
  promised: {colour: "#30343a", ink: light, dash: "6 4"},
  delivered: {colour: orange, ink: dark},
  in_service: {colour: blue, ink: light, dash: "2 3"},
  granted: {colour: blue, ink: light},
  refused: {colour: "#c9ced4", ink: dark, pattern: "lines"},
  it: {colour: blue, ink: light},
  cooling: {colour: sky, ink: dark, pattern: "lines"},
  capex: {colour: blue, ink: light},
  facility: {colour: sky, ink: dark, pattern: "back"},
  electricity: {colour: yellow, ink: dark},
  staff: {colour: green, ink: dark, pattern: "dots"},
  maintenance: {colour: orange, ink: dark, pattern: "lines"},
  rent: {colour: pink, ink: dark, pattern: "cross"},
  line1: {colour: blue, ink: light},
  line2: {colour: red, ink: dark, dash: "7 3"},
  line3: {colour: green, ink: dark, dash: "2 3"},
  line4: {colour: "#b07aa1", ink: dark, dash: "10 3 2 3"},
  line5: {colour: "#9c6b00", ink: light, dash: "4 4"},
  line6: {colour: "#30343a", ink: light},
  line7: {colour: "#3f8fc4", ink: dark, dash: "1 4"},
  line8: {colour: grey, ink: dark, dash: "12 4"},
};

export const style_of = (name: string): Style => styles[name] ?? {colour: grey, ink: dark};

const svg_namespace = "http://www.w3.org/2000/svg";
export function svg<Name extends keyof SVGElementTagNameMap>(name: Name, attributes: Record<string, string | number>): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(svg_namespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/// What to fill with: the colour, or the pattern that `pattern_definitions` draws in the same chart.
export const fill_of = (chart: string, name: string): string => (style_of(name).pattern ? `url(#${chart}-${name})` : style_of(name).colour);

export function pattern_definitions(chart: string, names: string[]): SVGDefsElement {
  const definitions = svg("defs", {});
  for (const name of new Set(names)) {
    const {colour, pattern, ink} = style_of(name);
    if (!pattern) continue;
    const tile = svg("pattern", {id: `${chart}-${name}`, width: 7, height: 7, patternUnits: "userSpaceOnUse"});
    tile.append(svg("rect", {width: 7, height: 7, fill: colour}));
    const stroke = {stroke: ink, "stroke-opacity": 0.45, "stroke-width": 1.1, fill: "none"};
    if (pattern === "lines" || pattern === "cross") tile.append(svg("path", {d: "M-1,8L8,-1", ...stroke}));
    if (pattern === "back" || pattern === "cross") tile.append(svg("path", {d: "M-1,-1L8,8", ...stroke}));
    if (pattern === "dots") tile.append(svg("circle", {cx: 3.5, cy: 3.5, r: 1.2, fill: ink, "fill-opacity": 0.5}));
    definitions.append(tile);
  }
  return definitions;
}
