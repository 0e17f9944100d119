// Checks answers in the page, against salted hashes. It needs no server and no network.
"use strict";
(() => {
  // SHA-256 of a text (FIPS 180-4): crypto.subtle is missing on plain http.
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  const K = primes.map((p) => fraction(Math.cbrt(p)));
  const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  function sha256(text) {
    const bytes = new TextEncoder().encode(text);
    const words = new Int32Array((((bytes.length + 8) >> 6) + 1) * 16);
    bytes.forEach((byte, i) => (words[i >> 2] |= byte << (24 - (i % 4) * 8)));
    words[bytes.length >> 2] |= 0x80 << (24 - (bytes.length % 4) * 8);
    words[words.length - 1] = bytes.length * 8;
    const state = [...START];
    const w = new Int32Array(64);
    for (let block = 0; block < words.length; block += 16) {
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i++) {
        if (i < 16) w[i] = words[block + i];
        else {
          const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
          const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
          w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        const t1 =
          h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
        const t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((x, i) => (state[i] = (state[i] + x) | 0));
    }
    return state.map((x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
  }

  const hashed = (salt, answer) => sha256(`${salt}:${answer}`).slice(0, 12);

  // What is typed, as {value, power}: the power of ten of its last digit. Null if it is no number.
  function number(text, proportion) {
    const clean = text.trim().replace(/[−–]/g, "-").replace(/(\d),(?=\d{3}\b)/g, "$1");
    const match = /^([-+]?)(\d*)(?:\.(\d*))?(?:e([-+]?\d{1,3}))?\s*(%?)$/i.exec(clean);
    if (!match || !(match[2] || match[3]) || (match[5] && !proportion)) return null;
    const power = Number(match[4] || 0) - (match[3] || "").length - (match[5] ? 2 : 0);
    const digits = Number((match[2] || "") + (match[3] || ""));
    return { digits: match[1] === "-" ? -digits : digits, power };
  }

  function canonical(digits, power) {
    let n = Math.round(digits);
    if (!n) return "0";
    while (n % 10 === 0) [n, power] = [n / 10, power + 1];
    return `${n}e${power}`;
  }

  // The texts that a number may be found under: how many significant digits it has, at most four,
  // and itself, rounded to them. What has fewer may be exact as well. 0 stands for whole numbers.
  function texts({ digits, power }, scale) {
    if (!digits) return ["0:0", "2:0", "3:0", "4:0"];
    while (digits % 10 === 0) [digits, power] = [digits / 10, power + 1];
    const first = scale ?? Math.floor(Math.log10(Math.abs(digits)) + 1e-12) + power;
    const known = first - power + 1;
    const exact = canonical(digits, power);
    if (known > 4) {
      const last = first - 3;
      return [`0:${exact}`, `4:${canonical(digits * 10 ** (power - last), last)}`];
    }
    return [0, 2, 3, 4].filter((n) => !n || n >= known).map((n) => `${n}:${exact}`);
  }

  function written({ digits, power }, scale) {
    const first = scale ?? Math.floor(Math.log10(Math.abs(digits) || 1) + 1e-12) + power;
    return first - power + 1;
  }

  function verdict(form) {
    const key = JSON.parse(form.dataset.key);
    const meets = (entry, given) =>
      entry.at.every((place, i) => given[i].some((text) => place.includes(hashed(key.salt, text))));
    const find = (given) => [
      key.right.find((entry) => meets(entry, given)),
      key.mistakes.find((entry) => meets(entry, given)),
    ];
    if (key.kind === "choice") {
      const chosen = form.querySelector("input:checked");
      if (!chosen) return ["○", "Not attempted", "Choose one."];
      const [right, mistake] = find([[chosen.value]]);
      if (right) return ["✓", "Correct", right.say];
      return ["✗", "Not yet", mistake ? mistake.say : "Another option is right."];
    }
    const fields = [...form.querySelectorAll("input")];
    if (fields.some((field) => !field.value.trim())) return ["○", "Not attempted", "Type a number."];
    const values = fields.map((field) => number(field.value, key.proportion));
    if (values.includes(null)) {
      const percent = fields.some((field) => field.value.includes("%"));
      return ["?", "Cannot be checked", percent ? "No share is asked for." : "This is no number."];
    }
    const given = (change) => values.map((value) => texts(change(value), key.scale));
    const [right, mistake] = find(given((value) => value));
    const few = Math.min(...values.map((value) => written(value, key.scale)));
    if (right && (few >= 3 || key.whole || !mistake)) {
      const more = few < 3 && !key.whole ? " Give a digit more: three are enough." : "";
      return ["✓", "Correct", right.say + more];
    }
    if (right) return ["✓", "Correct", "To these digits it is right. Give a digit more."];
    if (mistake && few >= 2) return ["✗", "Not yet", mistake.say];
    const hundredth = ({ digits, power }) => ({ digits, power: power - 2 });
    if (key.proportion && find(given(hundredth))[0])
      return ["✗", "Not yet", "This is a percentage. Give a proportion, or write the percent sign."];
    const turned = ({ digits, power }) => ({ digits: -digits, power });
    if (key.kind === "number" && find(given(turned))[0])
      return ["✗", "Not yet", "The size is right, the sign is not."];
    if (few < 2 && !key.whole)
      return ["✗", "Not yet", "One digit is too few to tell. Give three."];
    if (key.kind === "interval") {
      const hits = key.right.map((entry) =>
        entry.at.map((place, i) =>
          texts(values[i], key.scale).some((text) => place.includes(hashed(key.salt, text))),
        ),
      );
      const half = hits.find((hit) => hit[0] !== hit[1]);
      if (half)
        return [
          "◐",
          "Partly",
          `The ${half[0] ? "lower" : "upper"} bound is right, the other one is not.`,
        ];
    }
    return ["✗", "Not yet", "This is not what is asked for."];
  }

  function show(form) {
    const [sign, word, message] = verdict(form);
    form.querySelector(".verdict").innerHTML = `<p>${sign} <b>${word}.</b></p>${message}`;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form.quiz");
    if (!form) return;
    event.preventDefault();
    show(form);
  });
})();
