// Computes scenes as a page does: a program and states come in, numbers and words go out.
import { readFileSync } from "node:fs";
import { Steps, plainText } from "../../mlmteach/panels/static/panel.js";

const jobs = JSON.parse(readFileSync(0, "utf8"));
const flat = (x) => (typeof x === "number" ? [x] : [...x.d]);
const found = jobs.map(({ program, states }) =>
  states.map(({ key, inputs }) => {
    const part = program.parts.find((one) => key in one.scenes);
    const scene = part.scenes[key];
    if (scene.error) return { error: scene.error };
    const steps = (part.steps ??= new Steps(part.nodes));
    steps.set({ ...inputs, pointer_x: 0.5, pointer_y: 0.5 });
    const numbers = [];
    for (const view of scene.views)
      for (const mark of view.marks)
        for (const name of ["x", "y", "x0", "y0", "x1", "y1", "low", "high"])
          if (mark[name] !== undefined && mark[name] !== null) numbers.push(...flat(steps.leaf(mark[name])));
    const sets = scene.views.flatMap((view) => view.marks).flatMap((mark) => Object.values(mark.sets ?? {})).map((leaf) => flat(steps.leaf(leaf))[0]);
    return {
      numbers: numbers.map((x) => (Number.isFinite(x) ? x : null)),
      sets: sets.map((x) => (Number.isFinite(x) ? x : null)),
      sentence: scene.sentence.map((words) => plainText(words, steps)),
      equation: scene.equation.map((words) => plainText(words, steps)),
      alt: plainText(scene.alt, steps),
    };
  }),
);
process.stdout.write(JSON.stringify(found));
