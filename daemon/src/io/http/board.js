// The live page: takes the board from the stream of events, and says so when it ceases.
//
// Owns the connection and the honesty about it. Refuses to know what the board means: it comes
// as HTML, complete each time. Old numbers are hidden as soon as they may be old.
"use strict";

(() => {
  // The board comes each second; without it for so long the numbers are no longer the present.
  const SILENCE_MS = 6000;
  // A broken connection gets this long to come back before it is told.
  const BREAK_MS = 2500;
  // A stream that the server refused is tried again after so long.
  const AGAIN_MS = 3000;
  const LOOK_MS = 500;

  const lost = document.getElementById("lost");
  let heard = performance.now();
  let broken = null;
  let stream = null;

  // Makes `old` like `fresh` and leaves alone what is the same: a button that is being pressed
  // stays the one it was, and focus and scrolling stay where they are.
  function become(old, fresh) {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.id !== fresh.id ||
        (old.nodeName === "FORM" && old.getAttribute("action") !== fresh.getAttribute("action"))) {
      old.replaceWith(fresh);
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    // What a command came to is this page's own.
    if (old.id === "answer") return;
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    const before = [...old.childNodes];
    const after = [...fresh.childNodes];
    after.forEach((node, place) => {
      if (place < before.length) become(before[place], node);
      else old.append(node);
    });
    before.slice(after.length).forEach((node) => node.remove());
  }

  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("board");
    const old = document.getElementById("board");
    if (!fresh || !old) return;
    become(old, document.adoptNode(fresh));
    heard = performance.now();
    broken = null;
    tell();
  }

  // Whether what is shown may be old.
  function isLost() {
    const now = performance.now();
    return now - heard > SILENCE_MS || (broken !== null && now - broken > BREAK_MS);
  }

  function tell() {
    const is = isLost();
    document.body.className = is ? "lost" : "live";
    if (lost.hidden === !is) return;
    const clock = document.getElementById("board").dataset.clock;
    lost.querySelector(".since").textContent = lost.dataset.since.replace("{}", clock);
    lost.hidden = !is;
  }

  function connect() {
    stream = new EventSource("/events");
    stream.addEventListener("board", (event) => show(event.data));
    stream.addEventListener("error", () => {
      broken ??= performance.now();
      if (stream.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS);
    });
  }

  async function act(form) {
    const answer = document.getElementById("answer");
    let said = "";
    try {
      const response = await fetch(form.action, {
        method: "POST",
        headers: { "Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(new FormData(form)),
      });
      const text = await response.text();
      if (!response.ok) {
        try { said = JSON.parse(text).error.message; } catch { said = text.trim(); }
      }
    } catch (error) {
      said = error.message;
    }
    if (answer) answer.textContent = said && `${answer.dataset.failed}: ${said}`;
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.act")) return;
    event.preventDefault();
    act(event.target);
  });

  // A page that was asleep may show the past: it is judged before anybody has looked.
  document.addEventListener("visibilitychange", tell);
  window.addEventListener("pageshow", tell);
  setInterval(tell, LOOK_MS);
  tell();
  connect();
})();
