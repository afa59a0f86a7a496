// Throughline in the browser: theme, fresh numbers, and scroll regions that open where the trouble is.
// Every page is whole without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const themes = ["system", "dark", "light"];
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private mode */ } };
  let theme = themes.includes(stored("theme")) ? stored("theme") : "system";
  const applyTheme = () => {
    if (theme === "system") delete root.dataset.theme; else root.dataset.theme = theme;
  };
  applyTheme(); // before the first paint

  const EVERY_MS = 10_000;
  let paused = stored("paused") === "1";
  let last = null;
  let busy = false;

  // Opens each scroll region at its marked place, once; `.here` is drawn by the server.
  const settle = (within) => {
    for (const region of within.querySelectorAll(".scroll")) {
      const here = region.querySelector(".here");
      if (!here || region.scrollWidth <= region.clientWidth) continue;
      const box = here.getBoundingClientRect(), view = region.getBoundingClientRect();
      if (box.right > view.right) region.scrollLeft += box.right - view.right + 24;
      if (box.left - view.left > region.clientWidth * 0.7) region.scrollLeft = box.left - view.left - 120;
    }
  };

  // Names the focused element, so that the same one can be found in the new page.
  const place = (main) => {
    const active = document.activeElement;
    if (!active || !main.contains(active)) return null;
    const all = [...main.querySelectorAll(active.tagName)];
    const href = active.getAttribute("href");
    const alike = href ? all.filter((one) => one.getAttribute("href") === href) : all;
    return { tag: active.tagName, href, index: alike.indexOf(active) };
  };
  const find = (main, where) => {
    const all = [...main.querySelectorAll(where.tag)];
    const alike = where.href ? all.filter((one) => one.getAttribute("href") === where.href) : all;
    return alike[where.index] ?? null;
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
    if (focus) find(main, focus)?.focus({ preventScroll: true });
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
    } catch { /* the server restarts: the age in the head says how old the page is */ }
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
    settle(document);
    refresh();
    setInterval(refresh, EVERY_MS);
    document.addEventListener("visibilitychange", refresh);
  });
})();
