// What the front end knows of numbers and words: `node --test tests/panels/front_end.test.mjs`.
import assert from "node:assert/strict";
import test from "node:test";
import { STEPS, Steps, array, draws, plainText, shown, ticks } from "../../mlmteach/panels/static/panel.js";

const plain = (x) => (typeof x === "number" ? x : { s: x.s, d: [...x.d] });

test("numbers are written as Python writes them", () => {
  assert.equal(shown(-7.4, 1), "−7.4");
  assert.equal(shown(-0.001, 2), "0.00");
  assert.equal(shown(0.125, 2), "0.12");
  assert.equal(shown(0.375, 2), "0.38");
  assert.equal(shown(2.5, 0), "2");
  assert.equal(shown(3, 0, true), "+3");
  assert.equal(shown(NaN, 1), "–");
});

test("arrays are stretched against each other", () => {
  const sum = STEPS.add([array([[1], [2]]), array([10, 20, 30])]);
  assert.deepEqual(plain(sum), { s: [2, 3], d: [11, 21, 31, 12, 22, 32] });
  assert.equal(STEPS.add([1, 2]), 3);
});

test("sums, products and slices", () => {
  const x = array([[1, 2, 3], [4, 5, 6]]);
  assert.deepEqual(plain(STEPS.sum([x], 0)), { s: [3], d: [5, 7, 9] });
  assert.deepEqual(plain(STEPS.sum([x], 1)), { s: [2], d: [6, 15] });
  assert.equal(STEPS.sum([x], null), 21);
  assert.deepEqual(plain(STEPS.matmul([x, array([1, 0, 1])])), { s: [2], d: [4, 10] });
  assert.deepEqual(plain(STEPS.index([x], [[null, null, null], [null, 2, null]])), { s: [2, 2], d: [1, 2, 4, 5] });
  assert.deepEqual(plain(STEPS.index([x], [-1, "new"])), { s: [1, 3], d: [4, 5, 6] });
  assert.deepEqual(plain(STEPS.transpose([x])), { s: [3, 2], d: [1, 4, 2, 5, 3, 6] });
  assert.deepEqual(plain(STEPS.stack([array([1, 2]), array([3, 4])], 1)), { s: [2, 2], d: [1, 3, 2, 4] });
  assert.deepEqual(plain(STEPS.take([x, 1])), { s: [3], d: [4, 5, 6] });
});

test("only what depends on a change is computed again", () => {
  const steps = new Steps([["input", [], "a"], ["input", [], "b"], ["square", [0]], ["add", [2, 1]]]);
  steps.set({ a: 3, b: 1 });
  assert.equal(steps.value(3), 10);
  assert.deepEqual(steps.set({ a: 3, b: 2 }), ["b"]);
  assert.deepEqual(steps.fresh, [true, false, true, false]);
  assert.equal(steps.value(3), 11);
});

test("the normal distribution to its tails", () => {
  const close = (x, p) => assert.ok(Math.abs(STEPS.ndtr([x]) - p) < 1e-12 * Math.max(p, 1e-9), `${x}`);
  close(0, 0.5);
  close(1.959963984540054, 0.975);
  close(-3, 0.0013498980316300933);
  close(-6, 9.865876450376946e-10);
});

test("draws depend on the seed and on nothing else", () => {
  assert.deepEqual([...draws(7, 5).d], [...draws(7, 9).d].slice(0, 5));
  assert.notDeepEqual([...draws(7, 5).d], [...draws(8, 5).d]);
});

test("ticks are round and within the range", () => {
  assert.deepEqual(ticks(-3, 3, 3).map(([, name]) => name), ["−2", "0", "2"]);
  assert.deepEqual(ticks(0, 0.5, 2).map(([, name]) => name), ["0.00", "0.25", "0.50"]);
  assert.equal(ticks(-1e-150, 1e-150, 2).length > 0, true);
});

test("words follow conditions", () => {
  const steps = new Steps([["input", [], "a"], ["const", 2], ["greater", [0, 1]]]);
  const words = ["a is ", { if: [[{ $: 2 }, ["large: ", { n: { $: 0 }, d: 1 }]]], else: ["small"] }];
  steps.set({ a: 1 });
  assert.equal(plainText(words, steps), "a is small");
  steps.set({ a: 5 });
  assert.equal(plainText(words, steps), "a is large: 5.0");
});
