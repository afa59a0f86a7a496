// The browser under test: Debian's chromium, quiet and offline but for the server. A missing tool is a skip line,
// not a failure.

import { access } from "node:fs/promises";

export const url = process.env.THROUGHLINE_URL?.replace(/\/$/, "") ?? null;
export const chromium = process.env.THROUGHLINE_CHROMIUM ?? "/usr/bin/chromium";
export const shots = process.env.THROUGHLINE_SHOTS ?? new URL("./shots/", import.meta.url).pathname;

const QUIET = [
  "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run",
  "--disable-component-update", "--disable-default-apps", "--font-render-hinting=none",
];

/** Returns why the browser tests cannot run, false when they can. */
export async function missing() {
  if (!url) return "THROUGHLINE_URL names no running server";
  try {
    await access(chromium);
  } catch {
    return `no chromium at ${chromium} (THROUGHLINE_CHROMIUM names another)`;
  }
  try {
    await import("playwright-core");
    await import("axe-core");
  } catch {
    return "playwright-core or axe-core is not installed: npm ci";
  }
  return false;
}

/** Starts the browser. */
export async function launch() {
  const { chromium: type } = await import("playwright-core");
  return type.launch({ executablePath: chromium, args: QUIET });
}

/** Opens a page and collects everything that must not happen: errors, policy violations, foreign requests. */
export async function open(browser, { theme = "light", width = 1280, script = true, ...more } = {}) {
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: { width, height: 900 },
    javaScriptEnabled: script,
    reducedMotion: "reduce",
    ...more,
  });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${url}/`)) faults.push(`foreign request: ${request.url()}`);
  });
  return { context, page, faults };
}

/** Finds one page of each kind by its links, beginning at the start page. */
export async function kinds(browser) {
  const { context, page } = await open(browser);
  const found = new Map([["today", "/"]]);
  const queue = ["/"];
  const seen = new Set(queue);
  const WANTED = 14;
  while (queue.length > 0 && found.size < WANTED && seen.size < 400) {
    await page.goto(url + queue.shift());
    const hrefs = await page.$$eval("a[href^='/']", (links) => links.map((link) => link.getAttribute("href")));
    for (const href of hrefs.map((one) => one.split("#")[0])) {
      const kind = kindOf(href);
      if (kind && !found.has(kind)) found.set(kind, href);
      if (!seen.has(href)) {
        seen.add(href);
        if (kind && !queue.some((one) => kindOf(one) === kind)) queue.push(href);
      }
    }
  }
  await context.close();
  return found;
}

function kindOf(href) {
  const [path, query = ""] = href.split("?");
  const parts = path.split("/").filter(Boolean);
  if (parts.length === 0) return "today";
  if (parts[0] === "p") {
    const layer = new URLSearchParams(query).get("layer");
    return { map: layer ? `map-${layer}` : "map", objectives: "objective", steps: "step" }[parts[2]] ?? null;
  }
  if (parts[0] === "slos") return parts.length > 1 ? "slo" : query.includes("status") ? "slos-filtered" : "slos";
  if (parts[0] === "impact") return query.includes("by=step") ? "impact-step" : "impact";
  if (parts[0] === "traces") return "trace";
  return ["operations", "quality"].includes(parts[0]) ? parts[0] : null;
}
