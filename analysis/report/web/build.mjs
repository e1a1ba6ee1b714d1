// src/main.ts and what it needs, as one script, headed by the licences of the packages in it.
import {build} from "esbuild";
import {existsSync, readFileSync, readdirSync, writeFileSync} from "node:fs";
import {join} from "node:path";

const result = await build({
  entryPoints: ["src/main.ts"], bundle: true, minify: true, format: "iife", target: "es2020", charset: "utf8",
  legalComments: "none", write: false, metafile: true,
});

const packages = new Set();
for (const file of Object.keys(result.metafile.inputs)) {
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
  if (name) packages.add(name);
}
const notices = new Map();  // text of the licence → packages under it
for (const name of [...packages].sort()) {
  const folder = join("node_modules", name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : `licence: ${JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).license}`;
  notices.set(text, [...(notices.get(text) ?? []), name]);
}
let head = "/*! Packages in this script and their licences.\n";
for (const [text, names] of notices) head += `\n${names.join(", ")}\n${text}\n`;
head = head.replace(/\*\//g, "* /").replace(/<\/script/gi, "<\\/script") + "*/\n";
writeFileSync("bundle.js", (head + result.outputFiles[0].text).replace(/\r\n?/g, "\n"));
