// What the script adds: theme, pause, and fresh numbers that keep focus and place.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { kinds, launch, missing, open, url } from "./browser.mjs";

const skip = await missing();
let browser;
let pages;

before(async () => {
  if (skip) return;
  browser = await launch();
  pages = await kinds(browser);
});
after(async () => browser?.close());

test("the theme is chosen by a button and stays", { skip }, async () => {
  const { context, page, faults } = await open(browser);
  await page.goto(url);
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme ?? "system");
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  assert.equal(await theme(), "system");
  await page.click("#theme");
  assert.equal(await theme(), "dark");
  assert.notEqual(await ground(), light);
  await page.reload();
  assert.equal(await theme(), "dark", "after a reload");
  assert.deepEqual(faults, []);
  await context.close();
});

test("fresh numbers keep focus, and Pause stops them", { skip }, async () => {
  const { context, page, faults } = await open(browser);
  await page.clock.install();
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("#pause").textContent === "Pause");
  let asked = 0;
  await page.route(`${url}/`, async (route) => {
    asked += 1;
    const answer = await route.fetch();
    const text = (await answer.text()).replace(/data-news="[^"]*"/, `data-news="changed ${asked}"`)
      .replace("</h1>", ` ${asked}</h1>`);
    await route.fulfill({ response: answer, body: text });
  });
  const link = page.locator("main a").first();
  await link.focus();
  const href = await link.getAttribute("href");
  const settled = async (count) => {
    for (let tries = 0; asked < count && tries < 50; tries += 1) {
      await page.clock.runFor(1_000);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  };
  await settled(2);
  await page.waitForFunction(() => /\d$/.test(document.querySelector("h1").textContent));
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), href, "focus stays");
  assert.match(await page.textContent("#news"), /^changed/, "the change is told");
  await page.click("#pause");
  const before_ = asked;
  await page.clock.runFor(60_000);
  assert.ok(asked <= before_ + 1, "paused");
  assert.deepEqual(faults, []);
  await context.close();
});

test("every link leads somewhere", { skip }, async () => {
  const { context, page } = await open(browser);
  const asked = new Set();
  for (const path of pages.values()) {
    await page.goto(url + path);
    const hrefs = await page.$$eval("a[href^='/']", (links) => links.map((link) => link.getAttribute("href").split("#")[0]));
    for (const href of hrefs) asked.add(href);
  }
  const broken = [];
  for (const href of [...asked].slice(0, 300)) {
    const answer = await fetch(url + href);
    if (!answer.ok) broken.push(`${answer.status} ${href}`);
  }
  assert.deepEqual(broken, []);
  await context.close();
});
