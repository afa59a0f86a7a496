// Throughline in the browser: theme, fresh numbers, and scroll regions that open where the trouble is.
// Every page is whole without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const themes = ["system", "dark", "light"];
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { } };
  let theme = themes.includes(stored("theme")) ? stored("theme") : "system";
  const applyTheme = () => {
    if (theme === "system") delete root.dataset.theme; else root.dataset.theme = theme;
  };
  applyTheme();

  const EVERY_MS = 10_000;
  let paused = stored("paused") === "1";
  let last = null;
  let busy = false;

  // Opens each scroll region at its `.here`, once; in a table beside the first column, which stays.
  const settle = () => {
    for (const region of document.querySelectorAll(".scroll")) {
      const here = region.querySelector(".here");
      if (!here) continue;
      const beyond = here.getBoundingClientRect().right - region.getBoundingClientRect().right;
      if (beyond <= 0) continue;
      const cell = here.closest("th"), head = cell && region.querySelector("tbody th");
      if (head) region.scrollLeft += cell.getBoundingClientRect().left - head.getBoundingClientRect().right;
      else region.scrollLeft += beyond + 24;
    }
  };

  // The focused element is found again by its link and its place among its like.
  const alike = (main, { tagName, href }) =>
    [...main.querySelectorAll(tagName)].filter((one) => one.getAttribute("href") === href);
  const place = (main) => {
    const active = document.activeElement;
    if (!main.contains(active)) return null;
    const like = { tagName: active.tagName, href: active.getAttribute("href") };
    return { ...like, index: alike(main, like).indexOf(active) };
  };

  const swap = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const old = document.querySelector("main"), main = fresh.querySelector("main");
    if (!main) return;
    const focus = place(old);
    const lefts = [...old.querySelectorAll(".scroll")].map((region) => region.scrollLeft);
    const open = [...old.querySelectorAll("details")].map((one) => one.open);
    const news = main.dataset.news !== old.dataset.news ? main.dataset.news : null;
    main.querySelectorAll("details").forEach((one, index) => { one.open = open[index] ?? one.open; });
    old.replaceWith(document.adoptNode(main));
    main.querySelectorAll(".scroll").forEach((region, index) => { region.scrollLeft = lefts[index] ?? 0; });
    if (focus) alike(main, focus)[focus.index]?.focus({ preventScroll: true });
    for (const part of ["#clock", "#refused", "#foot"]) {
      const here = document.querySelector(part), there = fresh.querySelector(part);
      if (here && there) here.replaceWith(document.adoptNode(there));
    }
    document.title = fresh.title;
    if (news) document.querySelector("#news").textContent = news;
  };

  const refresh = async () => {
    if (paused || busy || document.hidden || !getSelection().isCollapsed) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { cache: "no-cache", headers: { Accept: "text/html" } });
      const text = answer.ok ? await answer.text() : null;
      if (text && last !== null && text !== last && !paused) swap(text);
      if (text) last = text;
    } catch { /* the head says how old the page is */ }
    busy = false;
  };

  addEventListener("DOMContentLoaded", () => {
    const pause = document.querySelector("#pause"), tint = document.querySelector("#theme");
    const show = () => {
      pause.textContent = paused ? "Go on" : "Pause";
      tint.textContent = `Theme: ${theme}`;
    };
    pause.addEventListener("click", () => {
      paused = !paused;
      store("paused", paused ? "1" : "0");
      show();
      if (!paused) refresh();
    });
    tint.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      store("theme", theme);
      applyTheme();
      show();
    });
    pause.hidden = tint.hidden = false;
    show();
    settle();
    refresh();
    setInterval(refresh, EVERY_MS);
    document.addEventListener("visibilitychange", refresh);
  });
})();
