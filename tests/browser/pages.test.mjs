// Every kind of page, light and dark, wide and at 320 px: no errors, no policy violations, axe finds nothing, the
// page itself never scrolls sideways. Screenshots are written beside.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { kinds, launch, missing, open, shots, url } from "./browser.mjs";

const skip = await missing();
if (skip) console.error(`skipped: ${skip}`);

const AXE = skip ? null : createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
let browser;
let pages;

before(async () => {
  if (skip) return;
  await mkdir(shots, { recursive: true });
  browser = await launch();
  pages = await kinds(browser);
});
after(async () => browser?.close());

test("one page of each kind is reached by links", { skip }, () => {
  const kindsWanted = [
    "today", "map", "map-slos", "map-table", "objective", "step", "slos", "slo", "impact", "impact-step",
    "operations", "quality",
  ];
  assert.deepEqual(kindsWanted.filter((kind) => !pages.has(kind)), []);
});

for (const theme of ["light", "dark"]) {
  for (const width of [1280, 320]) {
    test(`pages are sound in ${theme} at ${width} px`, { skip }, async (t) => {
      const all = new Map([...pages, ["not-found", "/there/is/nothing"]]);
      for (const [kind, path] of all) {
        await t.test(kind, () => sound(kind, path, theme, width));
      }
    });
  }
}

async function sound(kind, path, theme, width) {
  const { context, page, faults } = await open(browser, { theme, width, bypassCSP: false });
  try {
    const answer = await page.goto(url + path, { waitUntil: "load" });
    assert.equal(answer.status(), kind === "not-found" ? 404 : 200, path);
    const policy = answer.headers()["content-security-policy"] ?? "";
    assert.match(policy, /default-src 'self'/, "a strict policy is sent");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${path} is ${wide} px wider than the window`);
    assert.deepEqual(await wider(page), [], `${path}: a list is wider than its region`);
    await page.screenshot({ path: `${shots}/${kind}-${width}-${theme}.png`, fullPage: true });
    const expected = kind === "not-found" ? faults.filter((one) => !/404/.test(one)) : faults;
    assert.deepEqual(expected, [], path);
    assert.deepEqual(await axe(page), [], path);
    assert.deepEqual(await touching(page), [], path);
  } finally {
    await context.close();
  }
}

/** Finds lists that scroll sideways: they stack instead. */
function wider(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll(".scroll:has(> .stack, > .slos)")]
      .filter((region) => region.scrollWidth > region.clientWidth + 1)
      .map((region) => region.getAttribute("aria-label")));
}

/** Runs axe in the page through the debugger, which the policy does not bind. */
async function axe(page) {
  const { readFile } = await import("node:fs/promises");
  await page.evaluate(await readFile(AXE, "utf8"));
  const result = await page.evaluate((tags) => axe.run(document, { runOnly: tags }), TAGS);
  return result.violations.map((one) => {
    const where = one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.any[0]?.message ?? ""}`);
    return `${one.id}: ${one.help}: ${where.join(" | ")}`;
  });
}

/** Finds texts of a drawing that lie on each other. */
function touching(page) {
  return page.evaluate(() => {
    const faults = [];
    for (const svg of document.querySelectorAll("svg.map, svg.chart")) {
      const texts = [...svg.querySelectorAll("text:not(.vt)")];
      const boxes = texts.map((text) => [text.textContent.trim(), text.getBoundingClientRect()]);
      boxes.forEach(([one, a], index) => {
        for (const [other, b] of boxes.slice(index + 1)) {
          const overlap = a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
          if (overlap && one && other) faults.push(`${one} / ${other}`);
        }
      });
    }
    return faults;
  });
}

test("pages are whole without script", { skip }, async () => {
  for (const path of ["/", pages.get("map"), pages.get("slo")]) {
    const { context, page, faults } = await open(browser, { script: false });
    await page.goto(url + path);
    assert.ok((await page.textContent("main")).length > 100, path);
    assert.equal(await page.isVisible("#pause"), false, "no button that does nothing");
    assert.deepEqual(faults, [], path);
    await context.close();
  }
});

test("a cold page weighs at most 60 KB gzip, style 10, script 4", { skip }, async () => {
  const { gzipSync } = await import("node:zlib");
  for (const [kind, path] of pages) {
    const html = await (await fetch(url + path)).text();
    let sum = gzipSync(html).length;
    for (const [, asset] of html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
      const size = gzipSync(await (await fetch(url + asset)).text()).length;
      if (asset.endsWith(".css")) assert.ok(size <= 10 * 1024, `style is ${size} B`);
      if (asset.endsWith(".js")) assert.ok(size <= 4 * 1024, `script is ${size} B`);
      sum += size;
    }
    assert.ok(sum <= 60 * 1024, `${kind} is ${sum} B`);
  }
});
