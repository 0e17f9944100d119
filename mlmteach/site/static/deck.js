// Starts reveal.js and fits each slide as it is shown.
"use strict";
(() => {
  const LARGEST = 1.5, LARGE = 1.2, SMALLEST = 0.5, STEP = 0.05;

  function fit(section) {
    const body = section?.querySelector(".body");
    if (!body) return;
    const inner = body.querySelector(".inner");
    const cut = () => body.scrollHeight > body.clientHeight + 1 || body.scrollWidth > body.clientWidth + 1;
    let zoom = inner.querySelector("img, svg") ? LARGEST : LARGE;
    const set = (value) => {
      zoom = Math.max(SMALLEST, Math.round(value / STEP) * STEP);
      inner.style.setProperty("--zoom", zoom);
    };
    set(zoom);
    if (cut()) {
      // the area that is taken grows with the square of the type: begin a step above that
      const room = Math.min(body.clientHeight / body.scrollHeight, body.clientWidth / body.scrollWidth);
      set(Math.min(zoom - STEP, zoom * Math.sqrt(room) + STEP));
      while (cut() && zoom > SMALLEST) set(zoom - STEP);
    }
    body.classList.toggle("scrolls", cut()); // a table of twenty columns, say
    section.dataset.zoom = zoom.toFixed(2);
    window.dispatchEvent(new Event("resize"));
  }

  const deck = new Reveal(document.querySelector(".reveal"), {
    width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t",
    display: "flex", transition: "none", backgroundTransition: "none", viewDistance: 2,
    // within a panel, arrow keys move the panel
    keyboardCondition: () => !document.activeElement?.closest(".inner input, .inner [role], .inner select, .inner textarea, .inner [tabindex='0']:not(pre):not(.formula)"),
    plugins: [RevealNotes],
  });
  deck.on("ready", (event) => fit(event.currentSlide));
  deck.on("slidechanged", (event) => fit(event.currentSlide));
  addEventListener("load", () => fit(deck.getCurrentSlide()));
  window.deck = deck;
  deck.initialize();
})();
