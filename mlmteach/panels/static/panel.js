// Panels: draws the scenes that Python describes, in notebooks and on pages, with or without a kernel.
//
// A program holds controls, steps (`nodes`) and scenes.  A number in a scene is a number, or
// {"$": place} of the step that computes it from what the controls stand at.  What mlmteach/panels/live.py
// knows, `STEPS` here knows too; what scene.py describes is drawn by `DRAWN`.

// --- numbers and arrays: a scalar is a number, an array {s: shape, d: numbers} ---------------

const size = (shape) => shape.reduce((a, b) => a * b, 1);
const shapeOf = (x) => (typeof x === "number" ? [] : x.s);
const toNumber = (x) => (x === null ? NaN : Number(x));

export function array(nested) {
  if (!Array.isArray(nested)) return toNumber(nested);
  if (!nested.length) return { s: [0], d: new Float64Array(0) };
  const parts = nested.map(array);
  const inner = shapeOf(parts[0]);
  const d = new Float64Array(parts.length * size(inner));
  parts.forEach((part, i) => (inner.length ? d.set(part.d, i * part.d.length) : (d[i] = part)));
  return { s: [parts.length, ...inner], d };
}

const flat = (x) => (typeof x === "number" ? [x] : x.d);
const made = (s, d) => (s.length ? { s, d } : d[0]);

function strides(shape, rank) {
  const found = new Array(rank).fill(0);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    found[rank - shape.length + i] = shape[i] === 1 ? 0 : step;
    step *= shape[i];
  }
  return found;
}

function elementwise(f, ...args) {
  if (args.every((a) => typeof a === "number")) return f(...args);
  const shapes = args.map(shapeOf);
  const rank = Math.max(...shapes.map((s) => s.length));
  const shape = new Array(rank).fill(1);
  for (const s of shapes)
    s.forEach((n, i) => {
      const at = rank - s.length + i;
      if (n !== 1) shape[at] = n;
    });
  const d = new Float64Array(size(shape));
  if (!d.length) return made(shape, d);
  const steps = shapes.map((s) => strides(s, rank));
  const [a, b, c] = args.map(flat);
  const [i, j, l] = steps.map((s) => s[rank - 1]);
  const at = new Array(rank).fill(0);
  const places = args.map(() => 0);
  const inner = shape[rank - 1];
  for (let k = 0; k < d.length; k += inner) {
    // one loop for each number of arguments: this is where the time goes
    const [p, q, r] = places;
    if (args.length === 1) for (let m = 0; m < inner; m++) d[k + m] = f(a[p + m * i]);
    else if (args.length === 2) for (let m = 0; m < inner; m++) d[k + m] = f(a[p + m * i], b[q + m * j]);
    else for (let m = 0; m < inner; m++) d[k + m] = f(a[p + m * i], b[q + m * j], c[r + m * l]);
    for (let axis = rank - 2; axis >= 0; axis--) {
      at[axis]++;
      for (let n = 0; n < args.length; n++) places[n] += steps[n][axis];
      if (at[axis] < shape[axis]) break;
      for (let n = 0; n < args.length; n++) places[n] -= steps[n][axis] * shape[axis];
      at[axis] = 0;
    }
  }
  return made(shape, d);
}

function reduced(f, first, x, axis) {
  if (typeof x === "number") return x;
  if (axis === null) return x.d.reduce((a, b) => f(a, b), first);
  const before = size(x.s.slice(0, axis));
  const here = x.s[axis];
  const after = size(x.s.slice(axis + 1));
  const d = new Float64Array(before * after).fill(first);
  for (let b = 0; b < before; b++)
    for (let h = 0; h < here; h++)
      for (let a = 0; a < after; a++)
        d[b * after + a] = f(d[b * after + a], x.d[(b * here + h) * after + a]);
  return made([...x.s.slice(0, axis), ...x.s.slice(axis + 1)], d);
}

function matmul(a, b) {
  const left = a.s.length === 1 ? [1, a.s[0]] : a.s;
  const right = b.s.length === 1 ? [b.s[0], 1] : b.s;
  const [m, n] = left;
  const p = right[1];
  const d = new Float64Array(m * p);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < p; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a.d[i * n + k] * b.d[k * p + j];
      d[i * p + j] = sum;
    }
  const shape = [...(a.s.length === 1 ? [] : [m]), ...(b.s.length === 1 ? [] : [p])];
  return made(shape, d);
}

function indexed(x, spec) {
  const rank = x.s.length;
  let axis = 0;
  let starts = 0;
  const full = strides(x.s, rank).map((_, i) => size(x.s.slice(i + 1)));
  const shape = [];
  const steps = [];
  for (const part of [...spec, ...new Array(rank).fill([null, null, null])]) {
    if (part === "new") {
      shape.push(1);
      steps.push(0);
    } else if (axis >= rank) {
      continue;
    } else if (typeof part === "number") {
      starts += (part < 0 ? part + x.s[axis] : part) * full[axis];
      axis++;
    } else {
      const n = x.s[axis];
      const step = part[2] ?? 1;
      const inside = (v, whenNull) => (v === null ? whenNull : v < 0 ? v + n : Math.min(v, n));
      const from = inside(part[0], step > 0 ? 0 : n - 1);
      const to = inside(part[1], step > 0 ? n : -1);
      starts += from * full[axis];
      shape.push(Math.max(0, Math.ceil((to - from) / step)));
      steps.push(full[axis] * step);
      axis++;
    }
  }
  const d = new Float64Array(size(shape));
  const at = new Array(shape.length).fill(0);
  let place = starts;
  for (let k = 0; k < d.length; k++) {
    d[k] = x.d[place];
    for (let i = shape.length - 1; i >= 0; i--) {
      at[i]++;
      place += steps[i];
      if (at[i] < shape[i]) break;
      place -= steps[i] * shape[i];
      at[i] = 0;
    }
  }
  return made(shape, d);
}

function taken(x, places) {
  const inner = x.s.slice(1);
  const n = size(inner);
  const one = (p) => x.d.slice(Math.trunc(p) * n, (Math.trunc(p) + 1) * n);
  if (typeof places === "number") return made(inner, one(places));
  const d = new Float64Array(places.d.length * n);
  places.d.forEach((p, i) => d.set(one(p), i * n));
  return { s: [...places.s, ...inner], d };
}

function stacked(parts, axis) {
  const shape = shapeOf(parts[0]);
  const inner = size(shape.slice(axis));
  const outer = size(shape.slice(0, axis));
  const d = new Float64Array(outer * parts.length * inner);
  parts.map(flat).forEach((data, p) => {
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) d[(o * parts.length + p) * inner + i] = data[o * inner + i];
  });
  return { s: [...shape.slice(0, axis), parts.length, ...shape.slice(axis)], d };
}

function transposed(x) {
  if (typeof x === "number" || x.s.length < 2) return x;
  const [m, n] = x.s;
  const d = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) d[j * m + i] = x.d[i * n + j];
  return { s: [n, m], d };
}

function ndtr(x) {
  if (Math.abs(x) > 8.5) return x > 0 ? 1 : 0;
  if (Math.abs(x) > 5) {
    // a continued fraction, where the series would lose digits
    let tail = 0;
    for (let k = 40; k > 0; k--) tail = k / (Math.abs(x) + tail);
    const upper = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) / (Math.abs(x) + tail);
    return x > 0 ? 1 - upper : upper;
  }
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

function rint(x) {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : r;
}

function hashed(x) {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

export function draws(seed, count) {
  const start = hashed((seed ^ 0xa511e9b3) >>> 0);
  const uniform = (k) => (hashed(hashed((start + k) >>> 0)) + 0.5) / 4294967296;
  const d = new Float64Array(count);
  for (let i = 0; i < count; i++)
    d[i] = Math.sqrt(-2 * Math.log(uniform(2 * i))) * Math.cos(2 * Math.PI * uniform(2 * i + 1));
  return { s: [count], d };
}

const FUNCTIONS = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  negative: (a) => -a,
  power: (a, b) => a ** b,
  sqrt: Math.sqrt,
  square: (a) => a * a,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  absolute: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  rint,
  sin: Math.sin,
  cos: Math.cos,
  minimum: Math.min,
  maximum: Math.max,
  greater: (a, b) => +(a > b),
  greater_equal: (a, b) => +(a >= b),
  less: (a, b) => +(a < b),
  less_equal: (a, b) => +(a <= b),
  equal: (a, b) => +(a === b),
  not_equal: (a, b) => +(a !== b),
  logical_and: (a, b) => +(a !== 0 && b !== 0),
  logical_or: (a, b) => +(a !== 0 || b !== 0),
  logical_not: (a) => +(a === 0),
  isnan: (a) => +Number.isNaN(a),
  ndtr,
  expit: (a) => 1 / (1 + Math.exp(-a)),
  where: (c, a, b) => (c !== 0 ? a : b),
};

export const STEPS = {
  matmul: (x) => matmul(x[0], x[1]),
  sum: (x, axis) => reduced((a, b) => a + b, 0, x[0], axis),
  max: (x, axis) => reduced(Math.max, -Infinity, x[0], axis),
  min: (x, axis) => reduced(Math.min, Infinity, x[0], axis),
  stack: (x, axis) => stacked(x, axis),
  concatenate: (x) => {
    const inner = shapeOf(x[0]).slice(1);
    const d = Float64Array.from(x.flatMap((part) => [...flat(part)]));
    return { s: [d.length / size(inner), ...inner], d };
  },
  sort: (x) => ({ s: x[0].s, d: x[0].d.slice().sort() }),
  broadcast: (x, shape) => elementwise((a) => a, x[0], { s: shape, d: new Float64Array(size(shape)) }),
  reshape: (x, shape) => ({ s: shape, d: Float64Array.from(flat(x[0])) }),
  transpose: (x) => transposed(x[0]),
  index: (x, spec) => indexed(x[0], spec),
  take: (x) => taken(x[0], x[1]),
  draws: (x, count) => draws(x[0], count),
};
for (const [name, f] of Object.entries(FUNCTIONS)) STEPS[name] = (x) => elementwise(f, ...x);

// Carries steps out, each only when something that it depends on has changed.
export class Steps {
  constructor(nodes) {
    this.nodes = nodes;
    this.inputs = {};
    this.values = new Array(nodes.length);
    this.fresh = new Array(nodes.length).fill(false);
    this.depends = [];
    for (const [op, inputs, ...options] of nodes) {
      const found = new Set();
      if (op === "input") found.add(options[0]);
      else if (op !== "const") for (const i of inputs) for (const name of this.depends[i]) found.add(name);
      this.depends.push(found);
    }
  }

  set(values) {
    const changed = Object.keys(values).filter((name) => this.inputs[name] !== values[name]);
    for (const name of changed) this.inputs[name] = values[name];
    if (changed.length)
      this.depends.forEach((names, i) => {
        if (changed.some((name) => names.has(name))) this.fresh[i] = false;
      });
    return changed;
  }

  value(place) {
    if (!this.fresh[place]) {
      const [op, inputs, ...options] = this.nodes[place];
      this.values[place] =
        op === "const" ? array(inputs)
        : op === "input" ? toNumber(this.inputs[options[0]])
        : STEPS[op](inputs.map((i) => this.value(i)), ...options);
      this.fresh[place] = true;
    }
    return this.values[place];
  }

  leaf(x) {
    if (x !== null && typeof x === "object" && !Array.isArray(x)) return this.value(x.$);
    return typeof x === "number" ? x : array(x);
  }

  needs(leaves) {
    const names = new Set();
    for (const x of leaves)
      if (x !== null && typeof x === "object" && "$" in x) for (const n of this.depends[x.$]) names.add(n);
    return names;
  }
}

// --- words -------------------------------------------------------------------------------

export function shown(value, digits, sign = false) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value < 0 ? "−∞" : "∞";
  const scaled = Math.abs(value) * 10 ** digits;
  // Python rounds what lies halfway to the even digit
  let words = scaled % 1 === 0.5 && Math.floor(scaled) % 2 === 0
    ? (Math.floor(scaled) / 10 ** digits).toFixed(digits)
    : Math.abs(value).toFixed(digits);
  if (value < 0 && /[1-9]/.test(words)) words = `−${words}`;
  else if (sign) words = `+${words}`;
  return words;
}

export function plainText(parts, steps) {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    if ("n" in part) return shown(steps.leaf(part.n), part.d, part.sign);
    if ("if" in part) {
      const branch = part.if.find(([condition]) => steps.leaf(condition) !== 0);
      return plainText(branch ? branch[1] : part.else, steps);
    }
    if ("of" in part) return part.of[Math.trunc(steps.leaf(part.at))] ?? "";
    if ("raw" in part) return part.raw.replace(/<[^>]*>/g, "");
    return plainText(part.p, steps);
  }).join("");
}

const HTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";
const MATH = "http://www.w3.org/1998/Math/MathML";
const IN_MATH = new Set("math mrow mi mn mo mtext mfrac msub msup msubsup munder mover msqrt mtable mtr mtd mspace mstyle".split(" "));

function element(name, attributes = {}, children = [], space = HTML) {
  const made = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  made.append(...children);
  return made;
}
const drawn = (name, attributes, children = []) => element(name, attributes, children, SVG);

// Writes words into a parent, and returns what brings them up to date.
function write(parent, parts, panel, updates, mathematical = false) {
  for (const part of parts) {
    if (typeof part === "string") {
      parent.append(part);
    } else if ("n" in part) {
      const node = document.createTextNode("");
      parent.append(node);
      updates.push({ needs: panel.steps.needs([part.n]), run: () => {
        const words = shown(panel.steps.leaf(part.n), part.d, part.sign);
        if (node.data !== words) node.data = words;
      } });
    } else if ("of" in part) {
      const node = document.createTextNode("");
      parent.append(node);
      updates.push({ needs: panel.steps.needs([part.at]), run: () => {
        node.data = part.of[Math.trunc(panel.steps.leaf(part.at))] ?? "";
      } });
    } else if ("if" in part) {
      const box = mathematical ? element("mrow", {}, [], MATH) : element("span");
      parent.append(box);
      let now = -2;
      let inner = [];
      updates.push({ needs: null, run: () => {
        const chosen = part.if.findIndex(([condition]) => panel.steps.leaf(condition) !== 0);
        if (chosen !== now) {
          now = chosen;
          box.replaceChildren();
          inner = [];
          write(box, chosen < 0 ? part.else : part.if[chosen][1], panel, inner, mathematical);
        }
        for (const update of inner) update.run();
      } });
    } else if ("raw" in part) {
      const holder = element("span");
      holder.innerHTML = part.raw;
      parent.append(...holder.childNodes);
    } else if ("press" in part) {
      const button = element("button", {
        type: "button", class: "mlm-press", "aria-label": part.label,
        "aria-pressed": part.pressed === null ? null : String(part.pressed),
        "data-press": Object.keys(part.press).join(" "), title: part.label,
        "data-symbol": part.t.join(" ") || null,
      });
      button.addEventListener("click", () => panel.set(part.press, "press"));
      write(button, part.p, panel, updates);
      parent.append(button);
    } else if ("e" in part) {
      const math = IN_MATH.has(part.e);
      const inner = element(part.e, { ...part.a, class: part.r ? `mlm-w mlm-${part.r}` : part.a?.class,
        "data-symbol": part.t?.join(" ") }, [], math ? MATH : HTML);
      write(inner, part.p, panel, updates, math);
      parent.append(inner);
    } else {
      const inner = element("span", { class: part.r ? `mlm-w mlm-${part.r}` : "mlm-w",
        "data-symbol": part.t.join(" ") });
      write(inner, part.p, panel, updates);
      parent.append(inner);
    }
  }
}

// --- the picture -------------------------------------------------------------------------

export function ticks(low, high, most) {
  const rough = (high - low) / Math.max(most, 1);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * unit).find((s) => s >= rough * 0.999);
  const digits = Math.min(Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (Math.abs(step / unit - 2.5) < 1e-9 && step < 10 ? 1 : 0)), 100);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
    found.push([k * step, shown(k * step, step >= 10 ? 0 : digits)]);
  return found;
}

// The room that the names of ticks take.
const breadth = (ticks) => 8 * Math.max(0, ...ticks.map(([, name]) => name.length));
const round = (x) => Math.round(x * 10) / 10;
const SHAPES = {
  circle: (x, y, r) => `M${round(x - r)} ${round(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  diamond: (x, y, r) => `M${round(x - 1.25 * r)} ${round(y)}l${1.25 * r} ${-1.25 * r} ${1.25 * r} ${1.25 * r} ${-1.25 * r} ${1.25 * r}z`,
  square: (x, y, r) => `M${round(x - r)} ${round(y - r)}h${2 * r}v${2 * r}h${-2 * r}z`,
  cross: (x, y, r) => `M${round(x - r)} ${round(y - r)}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`,
  bar: (x, y, r) => `M${round(x - r)} ${round(y)}h${2 * r}`,
};

const each = (x, i) => (typeof x === "number" ? x : x.d[x.d.length === 1 ? 0 : i]);
const count = (...xs) => Math.max(1, ...xs.map((x) => (typeof x === "number" ? 1 : x.d.length)));

// The outline of a mark, from its numbers and the scales of its view.
const DRAWN = {
  points(mark, v, X, Y) {
    const n = count(v.x, v.y);
    let path = "";
    for (let i = 0; i < n; i++) {
      const x = X(each(v.x, i));
      const y = Y(each(v.y, i));
      if (x === x && y === y) path += SHAPES[mark.shape ?? "circle"](x, y, (mark.size ?? 6) / 2);
    }
    return path;
  },
  lines(mark, v, X, Y) {
    const length = Math.max(...[v.x, v.y].map((a) => a.s[a.s.length - 1]));
    const rows = Math.max(...[v.x, v.y].map((a) => (a.s.length > 1 ? a.s[0] : 1)));
    let path = "";
    for (let r = 0; r < rows; r++) {
      let pen = "M";
      for (let i = 0; i < length; i++) {
        const at = (a) => a.d[(a.s.length > 1 ? r * length : 0) + i];
        const x = X(at(v.x));
        const y = Y(at(v.y));
        if (x !== x || y !== y) { pen = "M"; continue; }
        path += `${pen}${round(x)} ${round(y)}`;
        pen = "L";
      }
      if (mark.closed) path += "Z";
    }
    return path;
  },
  segments(mark, v, X, Y) {
    const n = count(v.x0, v.y0, v.x1, v.y1);
    let path = "";
    for (let i = 0; i < n; i++) {
      const [a, b, c, d] = [X(each(v.x0, i)), Y(each(v.y0, i)), X(each(v.x1, i)), Y(each(v.y1, i))];
      if (a !== a || b !== b || c !== c || d !== d) continue;
      path += `M${round(a)} ${round(b)}L${round(c)} ${round(d)}`;
      const long = Math.hypot(c - a, d - b);
      if (mark.arrow && long > 3) {
        const h = Math.min(7, long / 1.5);
        const turn = Math.atan2(d - b, c - a);
        for (const side of [2.7, -2.7])
          path += `M${round(c)} ${round(d)}l${round(h * Math.cos(turn + side))} ${round(h * Math.sin(turn + side))}`;
      }
    }
    return path;
  },
  area(mark, v, X, Y) {
    const n = count(v.x, v.low, v.high);
    let there = "";
    let back = "";
    for (let i = 0; i < n; i++) {
      const x = X(each(v.x, i));
      there += `${i ? "L" : "M"}${round(x)} ${round(Y(each(v.high, i)))}`;
      back = `L${round(x)} ${round(Y(each(v.low, i)))}${back}`;
    }
    return `${there}${back}Z`;
  },
  bars(mark, v, X, Y) {
    const n = count(v.x0, v.y0, v.x1, v.y1);
    let path = "";
    for (let i = 0; i < n; i++) {
      const [a, b, c, d] = [X(each(v.x0, i)), Y(each(v.y0, i)), X(each(v.x1, i)), Y(each(v.y1, i))];
      if (a === a && b === b && c === c && d === d) path += `M${round(a)} ${round(b)}H${round(c)}V${round(d)}H${round(a)}Z`;
    }
    return path;
  },
  rule(mark, v, X, Y, box) {
    return mark.x === null || mark.x === undefined
      ? `M${box.left} ${round(Y(v.y))}H${box.right}`
      : `M${round(X(v.x))} ${box.top}V${box.bottom}`;
  },
};
const NUMBERS = {
  points: ["x", "y"], lines: ["x", "y"], segments: ["x0", "y0", "x1", "y1"], area: ["x", "low", "high"],
  bars: ["x0", "y0", "x1", "y1"], rule: ["x", "y"], inscription: ["x", "y"], handle: ["x", "y"],
};
const FILLED = new Set(["area", "bars"]);
const DASHES = { dashed: "7 4", dotted: "2 3.5" };

class Picture {
  constructor(panel, scene) {
    this.panel = panel;
    this.scene = scene;
    this.width = 0;
    this.updates = [];
    this.layers = scene.views.map((view) => this.layer(view));
    panel.svg.replaceChildren(...this.layers.map((one) => one.group));
  }

  layer(view) {
    const id = `${this.panel.id}-clip${this.scene.views.indexOf(view)}`;
    const clip = drawn("rect");
    const frame = drawn("g", { class: "mlm-frame", "aria-hidden": "true" });
    const inside = drawn("g", { "clip-path": `url(#${id})` });
    const above = drawn("g");
    const group = drawn("g", {}, [drawn("clipPath", { id }, [clip]), frame, inside, above]);
    const layer = { view, group, frame, clip, box: null, X: null, Y: null, marks: [] };
    for (const mark of view.marks) layer.marks.push(this.mark(mark, layer, mark.kind === "handle" ? above : inside));
    return layer;
  }

  mark(mark, layer, parent) {
    const { panel } = this;
    const { steps } = panel;
    const names = NUMBERS[mark.kind];
    const numbers = () => Object.fromEntries(names.map((name) => [name, mark[name] === null || mark[name] === undefined ? NaN : steps.leaf(mark[name])]));
    const needs = steps.needs(names.map((name) => mark[name]));
    const tags = mark.tags?.join(" ");
    const group = drawn("g", {
      class: `mlm-mark mlm-${mark.role ?? "ink"}`, "data-symbol": tags || null, "aria-hidden": mark.kind === "handle" ? null : "true",
      opacity: mark.opacity ?? null,
    });
    parent.append(group);
    if (mark.kind === "inscription") {
      const words = drawn("text", { class: "mlm-note", "text-anchor": mark.anchor ?? "start" });
      group.append(words);
      return { needs: null, run: () => {
        const v = numbers();
        words.setAttribute("x", round(layer.X(v.x)));
        words.setAttribute("y", round(layer.Y(v.y)));
        words.textContent = plainText(mark.words, steps);
      } };
    }
    if (mark.kind === "handle") return this.handle(mark, layer, group, numbers, needs);
    const filled = FILLED.has(mark.kind) || (mark.kind === "lines" && mark.filled) || (mark.kind === "points" && !["cross", "bar"].includes(mark.shape));
    const path = drawn("path", {
      class: filled ? (mark.hollow ? "mlm-hollow" : mark.kind === "points" ? "mlm-solid" : "mlm-filled") : "mlm-stroke",
      "stroke-width": mark.width ?? 1.5, "stroke-dasharray": DASHES[mark.dash] ?? null,
    });
    group.append(path);
    let wide = null;
    if (!filled && tags) {
      wide = drawn("path", { class: "mlm-wide" });  // thin lines are hard to point at
      group.append(wide);
    }
    if (mark.chooses) this.choosing(mark, layer, group, numbers);
    return { needs, run: () => {
      const d = DRAWN[mark.kind](mark, numbers(), layer.X, layer.Y, layer.box);
      path.setAttribute("d", d);
      wide?.setAttribute("d", d);
    } };
  }

  // Where an event is in the picture's own pixels, which a slide may draw larger.
  pointed(event) {
    const { svg } = this.panel;
    const frame = svg.getBoundingClientRect();
    const scale = frame.width / (svg.clientWidth || frame.width);
    return { x: (event.clientX - frame.left) / scale, y: (event.clientY - frame.top) / scale };
  }

  // Pressing near one of the points sets a control to its place.
  choosing(mark, layer, group, numbers) {
    layer.group.addEventListener("pointerdown", (event) => {
      if (event.target.closest(".mlm-handle")) return;
      const at = this.pointed(event);
      const v = numbers();
      let best = -1;
      let near = 16 ** 2;
      for (let i = 0; i < count(v.x, v.y); i++) {
        const far = (layer.X(each(v.x, i)) - at.x) ** 2 + (layer.Y(each(v.y, i)) - at.y) ** 2;
        if (far < near) [best, near] = [i, far];
      }
      if (best >= 0) this.panel.choose(this.panel.control(mark.chooses), best, "picture");
    });
  }

  handle(mark, layer, group, numbers, needs) {
    const { panel } = this;
    const names = Object.keys(mark.sets);
    const controls = names.map((name) => panel.control(name));
    group.classList.add("mlm-handle");
    const spot = drawn("circle", { class: "mlm-spot", r: 16 });
    const path = drawn("path", { class: "mlm-solid" });
    const ring = drawn("circle", { class: "mlm-ring", r: 11 });
    group.append(spot, ring, path);
    const main = controls[0];
    const attributes = { role: "slider", tabindex: 0, "aria-label": mark.name, "aria-valuemin": main.low, "aria-valuemax": main.high };
    for (const [key, value] of Object.entries(attributes)) group.setAttribute(key, value);
    group.addEventListener("keydown", (event) => {
      const across = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      const page = { PageUp: 10, PageDown: -10 }[event.key];
      const end = { Home: main.low, End: main.high }[event.key];
      if ((across ?? up ?? page ?? end) === undefined) return;
      event.preventDefault();
      const second = up !== undefined && controls.length > 1 ? controls[1] : main;
      panel.set({ [second.name]: end ?? panel.values[second.name] + (across ?? up ?? page) * second.step }, "key");
    });
    group.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
    group.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      group.focus({ preventScroll: true });
      group.setPointerCapture(event.pointerId);
      const held = this.pointed(event);
      const grip = { x: layer.X(each(numbers().x, 0)) - held.x, y: layer.Y(each(numbers().y, 0)) - held.y };
      const move = (event) => {
        const at = this.pointed(event);
        panel.steps.set({ pointer_x: layer.inverseX(at.x + grip.x), pointer_y: layer.inverseY(at.y + grip.y) });
        panel.set(Object.fromEntries(names.map((name) => [name, panel.steps.leaf(mark.sets[name])])), "drag");
      };
      const stop = () => {
        group.removeEventListener("pointermove", move);
        group.removeEventListener("pointerup", stop);
        group.removeEventListener("pointercancel", stop);
      };
      group.addEventListener("pointermove", move);
      group.addEventListener("pointerup", stop);
      group.addEventListener("pointercancel", stop);
    });
    return { needs: null, run: () => {
      const v = numbers();
      const inside = (at, low, high) => Math.min(Math.max(at, low), high);
      const x = inside(layer.X(each(v.x, 0)), layer.box.left, layer.box.right);
      const y = inside(layer.Y(each(v.y, 0)), layer.box.top, layer.box.bottom);
      path.setAttribute("d", SHAPES[mark.shape ?? "circle"](x, y, 6));
      for (const one of [spot, ring]) {
        one.setAttribute("cx", round(x));
        one.setAttribute("cy", round(y));
      }
      group.setAttribute("aria-valuenow", panel.values[main.name]);
      group.setAttribute("aria-valuetext", controls.map((c) => `${c.label} ${panel.said(c)}`).join(", "));
    } };
  }

  // Gives every view its place for a width in pixels.
  layout(width) {
    this.width = width;
    const views = this.layers.length;
    const stacked = views > 1 && width < 480;
    const height = stacked ? (views > 2 ? 175 : 215) : Math.round(Math.min(Math.max(0.54 * width, 230), 350));
    const shares = this.layers.reduce((sum, one) => sum + one.view.share, 0);
    let left = 0;
    let top = 0;
    for (const layer of this.layers) {
      const wide = stacked ? width : (width * layer.view.share) / shares;
      const y = layer.view.y;
      const yTicks = y.ticks ?? ticks(y.low, y.high, 6);
      const room = 26 + breadth(yTicks);
      layer.box = { edge: left, end: left + wide, left: Math.round(left + (y.label ? room : Math.max(room - 18, 10))), right: Math.round(left + wide - 12), top: top + 24, bottom: top + height - 38 };
      const { box } = layer;
      const x = layer.view.x;
      layer.X = (v) => box.left + ((v - x.low) / (x.high - x.low)) * (box.right - box.left);
      layer.Y = (v) => box.bottom - ((v - y.low) / (y.high - y.low)) * (box.bottom - box.top);
      layer.inverseX = (p) => x.low + ((p - box.left) / (box.right - box.left)) * (x.high - x.low);
      layer.inverseY = (p) => y.low + ((box.bottom - p) / (box.bottom - box.top)) * (y.high - y.low);
      layer.clip.setAttribute("x", box.left);
      layer.clip.setAttribute("y", box.top);
      layer.clip.setAttribute("width", Math.max(0, box.right - box.left));
      layer.clip.setAttribute("height", box.bottom - box.top);
      this.frame(layer, yTicks);
      if (stacked) top += height;
      else left += wide;
    }
    const svg = this.panel.svg;
    svg.setAttribute("width", width);
    svg.setAttribute("height", stacked ? top : height);
    this.fit();
  }

  frame({ view, frame, box, X, Y }, yTicks) {
    const xTicks = view.x.ticks ?? ticks(view.x.low, view.x.high, Math.max(3, Math.floor((box.right - box.left) / 60)));
    const middle = (box.left + box.right) / 2;
    const label = (words, x, y, more = {}) => drawn("text", { x: round(x), y: round(y), ...more }, [words]);
    const parts = [drawn("path", { class: "mlm-axis", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` })];
    for (const [at, name] of xTicks) {
      const x = round(X(at));
      parts.push(drawn("path", { class: "mlm-axis", d: `M${x} ${box.bottom}v4` }), label(name, x, box.bottom + 16, { "text-anchor": "middle", class: "mlm-tick" }));
    }
    for (const [at, name] of yTicks) {
      const y = round(Y(at));
      parts.push(drawn("path", { class: "mlm-grid", d: `M${box.left} ${y}H${box.right}` }), label(name, box.left - 6, y + 4, { "text-anchor": "end" }));
    }
    parts.push(label(view.x.label, middle, box.bottom + 32, { "text-anchor": "middle", class: "mlm-label" }));
    if (view.y.label) {
      const x = box.left - 12 - breadth(yTicks);
      const y = (box.top + box.bottom) / 2;
      parts.push(label(view.y.label, x, y, { "text-anchor": "middle", class: "mlm-label", transform: `rotate(-90 ${round(x)} ${round(y)})` }));
    }
    parts.push(label(view.title, box.left, box.top - 9, { class: "mlm-heading" }));
    frame.replaceChildren(...parts);
  }

  // Names may be long, and pages narrow: words get smaller, a heading begins further left, ticks lose names.
  fit() {
    // all are measured before one is changed, so that the browser lays them out once
    const words = this.layers.map(({ frame }) => [...frame.querySelectorAll("text")].map((one) => [one, one.getComputedTextLength()]));
    words.forEach((all, i) => {
      const { box } = this.layers[i];
      let taken = -Infinity;
      for (const [one, long] of all) {
        const at = Number(one.getAttribute("x"));
        const shrink = (room) => {
          if (long > room) one.style.fontSize = `${Math.max((12 * room) / long, 8)}px`;
          return Math.min(long, room);
        };
        if (one.matches(".mlm-heading")) one.setAttribute("x", Math.min(box.left, box.end - shrink(box.end - box.edge - 6)));
        else if (one.matches(".mlm-label")) shrink(one.hasAttribute("transform") ? box.bottom - box.top + 60 : 2 * (box.end - at));
        else if (one.matches(".mlm-tick") && at - long / 2 < taken + 3) one.remove();
        else if (one.matches(".mlm-tick")) taken = at + long / 2;
      }
    });
  }

  draw(changed) {
    for (const layer of this.layers)
      for (const mark of layer.marks)
        if (!changed || !mark.needs || changed.some((name) => mark.needs.has(name))) mark.run();
  }

  legend() {
    const marks = this.scene.views.flatMap((view) => view.marks).filter((mark) => mark.label);
    return marks.map((mark) => {
      const swatch = drawn("svg", { width: 26, height: 12, "aria-hidden": "true", class: `mlm-${mark.role ?? "ink"}` });
      const solid = mark.kind === "points" || mark.kind === "handle";
      const d = solid ? SHAPES[mark.shape ?? "circle"](13, 6, 4) : FILLED.has(mark.kind) ? "M2 1h22v10h-22z" : "M1 6H25";
      swatch.append(drawn("path", { d, class: solid ? (mark.hollow ? "mlm-hollow" : ["cross", "bar"].includes(mark.shape) ? "mlm-stroke" : "mlm-solid") : FILLED.has(mark.kind) ? "mlm-filled" : "mlm-stroke",
        "stroke-width": Math.min(mark.width ?? 1.5, 4), "stroke-dasharray": DASHES[mark.dash] ?? null }));
      return element("li", { "data-symbol": mark.tags?.join(" ") || null, tabindex: mark.tags?.length ? -1 : null }, [swatch, mark.label]);
    });
  }
}

// --- the panel ---------------------------------------------------------------------------

let panels = 0;
const REST = 500; // milliseconds without a move before the text is read out
const PATIENCE = 4000; // milliseconds that a kernel is waited for
const GLIDE = 600; // milliseconds that a way takes which one watches
const FRAME = 16; // milliseconds between two pictures

export class Panel {
  constructor(root, program) {
    this.root = root;
    this.program = program;
    this.id = `mlm${++panels}-${Math.random().toString(36).slice(2, 7)}`;
    this.controls = program.controls;
    this.start = Object.fromEntries(this.controls.map((c) => [c.name, c.value]));
    this.values = { ...this.start };
    this.sources = program.parts.map((part) => ({ ...part, steps: null }));
    this.lit = "";
    this.model = null;
    this.build();
    this.show(true);
    this.theme();
    this.connect();
  }

  control(name) {
    return this.controls.find((c) => c.name === name);
  }

  said(control, value = this.values[control.name]) {
    if (control.kind === "slider") return shown(value, control.digits) + (control.unit ? ` ${control.unit}` : "");
    if (control.options) return control.options[Math.round(value)];
    if (control.kind === "toggle") return value ? "on" : "off";
    if (control.kind === "hidden") return shown(value, control.digits ?? 0) + (control.unit ? ` ${control.unit}` : "");
    return String(value);
  }

  // --- what is on the page ---

  build() {
    const { root, program } = this;
    root.replaceChildren();
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", program.title);
    root.dataset.mlmLive = "";
    this.svg = drawn("svg", { role: "group", "aria-label": "Picture", "aria-describedby": `${this.id}-alt` });
    this.alt = element("p", { id: `${this.id}-alt`, class: "mlm-hidden" });
    this.legend = element("ul", { class: "mlm-legend" });
    this.equation = element("div", { class: "mlm-equation" });
    this.sentence = element("div", { class: "mlm-sentence" });
    this.tip = element("p", { class: "mlm-tip" });
    this.more = element("div", { class: "mlm-more" });
    this.status = element("p", { role: "status", class: "mlm-hidden" });
    this.message = element("p", { class: "mlm-message", role: "alert", hidden: true });
    this.inputs = {};
    const row = element("div", { class: "mlm-controls" });
    for (const control of this.controls) if (control.kind !== "hidden") row.append(this.widget(control));
    const buttons = element("div", { class: "mlm-buttons" });
    const button = (label, run) => {
      const made = element("button", { type: "button" }, [label]);
      made.addEventListener("click", run);
      buttons.append(made);
    };
    for (const control of this.controls)
      if (control.kind === "seed") button(control.label, () => this.set({ [control.name]: this.values[control.name] + 1 }, "press"));
    for (const preset of program.presets) button(preset.label, () => this.glide(preset.values));
    if (this.controls.length) button("Reset", () => this.glide(this.start));
    if (buttons.children.length === 1) row.append(buttons); // which needs no line of its own
    this.figure = element("div", { class: "mlm-figure" }, [this.svg, this.alt, this.legend]);
    const texts = element("div", { class: "mlm-texts" }, [this.equation, this.sentence, this.tip]);
    root.append(
      element("p", { class: "mlm-title" }, [program.title]),
      ...(program.question ? [this.question(program.question)] : []),
      row, ...(buttons.parentNode ? [] : [buttons]), this.message,
      element("div", { class: "mlm-body" }, [this.figure, texts]),
      this.more, this.status,
    );
    root.addEventListener("keydown", (event) => event.stopPropagation()); // slides leave them to us
    root.addEventListener("pointerover", (event) => this.light(event.target));
    root.addEventListener("pointerleave", () => this.light(null));
    root.addEventListener("focusin", (event) => this.light(event.target));
    root.addEventListener("focusout", () => this.light(null));
    for (const group of [this.legend, this.sentence, this.more])
      group.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        const stops = [...group.querySelectorAll("[data-symbol]")];
        const here = stops.indexOf(event.target);
        if (!step || here < 0) return;
        event.preventDefault();
        stops[(here + step + stops.length) % stops.length].focus();
      });
    new ResizeObserver(() => {
      const width = Math.floor(this.figure.clientWidth);
      if (width && width !== this.picture?.width) {
        this.picture.layout(width);
        this.picture.draw(null);
      }
    }).observe(this.figure);
  }

  widget(control) {
    const id = `${this.id}-${control.name.replace(/\W/g, "_")}`;
    if (control.kind === "slider") {
      const out = element("output", { for: id, class: "mlm-value" });
      const input = element("input", { id, type: "range", min: control.low, max: control.high, step: control.step });
      input.addEventListener("input", () => this.set({ [control.name]: Number(input.value) }, "input"));
      this.inputs[control.name] = (value) => {
        if (Number(input.value) !== value) input.value = value;
        out.textContent = this.said(control);
        input.setAttribute("aria-valuetext", this.said(control));
      };
      return element("div", { class: "mlm-control", "data-symbol": control.tags.join(" ") || null },
        [element("label", { for: id }, [control.label]), input, out]);
    }
    if (control.kind === "toggle") {
      const input = element("input", { id, type: "checkbox" });
      input.addEventListener("change", () => this.set({ [control.name]: Number(input.checked) }, "input"));
      this.inputs[control.name] = (value) => (input.checked = Boolean(value));
      return element("div", { class: "mlm-control mlm-toggle" }, [input, element("label", { for: id }, [control.label])]);
    }
    if (control.kind === "choice" && control.shape === "list") {
      const input = element("select", { id, size: control.options.length > 9 ? 3 : null },
        control.options.map((name, i) => element("option", { value: i }, [name])));
      input.addEventListener("change", () => this.set({ [control.name]: Number(input.value) }, "input"));
      this.inputs[control.name] = (value) => (input.value = value);
      return element("div", { class: "mlm-control mlm-list" }, [element("label", { for: id }, [control.label]), input]);
    }
    if (control.kind === "choice") {
      const inputs = control.options.map((name, i) => {
        const input = element("input", { id: `${id}-${i}`, type: "radio", name: id, value: i });
        input.addEventListener("change", () => this.choose(control, i, "input"));
        return input;
      });
      this.inputs[control.name] = (value) => inputs.forEach((input, i) => (input.checked = i === Math.round(value)));
      return element("fieldset", { class: "mlm-control mlm-radio" }, [element("legend", {}, [control.label]),
        ...inputs.map((input, i) => element("label", { for: input.id }, [input, control.options[i]]))]);
    }
    return element("span", { hidden: true });
  }

  // First predict, then reveal.
  question(question) {
    const name = `${this.id}-question`;
    const inputs = question.options.map((_, i) => element("input", { id: `${name}-${i}`, type: "radio", name, value: i }));
    const answer = element("p", { role: "status", class: "mlm-answer" });
    const reveal = element("button", { type: "button" }, ["Reveal"]);
    reveal.addEventListener("click", () => {
      const chosen = inputs.findIndex((input) => input.checked);
      if (chosen < 0) {
        answer.textContent = "Choose an answer first.";
        return;
      }
      answer.textContent = `${chosen === question.right ? "Right." : "Not quite."} ${question.answer}`;
      this.glide(question.values);
    });
    return element("details", { class: "mlm-question" }, [
      element("summary", {}, ["Predict, then reveal"]),
      element("fieldset", {}, [element("legend", {}, [question.text]),
        ...inputs.map((input, i) => element("label", { for: input.id }, [input, question.options[i]]))]),
      reveal, answer,
    ]);
  }

  // Lights up what carries the same symbols as what is pointed at.
  light(target) {
    const tags = target?.closest?.("[data-symbol]")?.dataset.symbol ?? "";
    if (tags === this.lit) return;
    this.lit = tags;
    this.relight();
  }

  relight() {
    const wanted = new Set(this.lit.split(" ").filter(Boolean));
    this.root.classList.toggle("mlm-linking", wanted.size > 0);
    for (const one of this.root.querySelectorAll("[data-symbol]"))
      one.classList.toggle("mlm-lit", one.dataset.symbol.split(" ").some((tag) => wanted.has(tag)));
    this.uncover();
    this.explain();
  }

  // Scrolls what has a scroll bar of its own so that what is lit can be read, but not under the pointer.
  uncover() {
    for (const box of this.root.querySelectorAll(".mlm-equation:not(:hover), .mlm-scroll:not(:hover)")) {
      const one = box.querySelector(".mlm-lit");
      if (!one) continue;
      const [part, seen] = [one.getBoundingClientRect(), box.getBoundingClientRect()];
      const scale = seen.height / box.offsetHeight || 1; // a slide may draw it larger
      if (part.top < seen.top) box.scrollTop -= (seen.top - part.top) / scale + 2;
      else if (part.bottom > seen.bottom) box.scrollTop += (part.bottom - seen.bottom) / scale + 2;
    }
  }

  // The sentence of a symbol that is lit, where it lies in a block that is closed, and in none that is open.
  explain() {
    const words = [...this.more.querySelectorAll("details:not([open]) .mlm-lit")].find((one) => !one.closest("table"));
    if (words || !this.lit) this.tip.textContent = words ? words.textContent : "";
  }

  // --- moving ---

  legal(control, value) {
    if (control.kind === "slider" || control.kind === "hidden") {
      value = Number(value);
      if (!Number.isFinite(value)) return this.values[control.name];
      const steps = Math.round((value - control.low) / control.step);
      const on = Math.min(Math.max(control.low + steps * control.step, control.low), control.high);
      return Number(on.toPrecision(12));
    }
    return value;
  }

  set(values, how = "call") {
    const next = { ...this.values };
    for (const [name, value] of Object.entries(values)) {
      const control = this.control(name);
      if (!control) continue;
      next[name] = this.legal(control, value);
      if (next[name] !== this.values[name]) for (const other of control.resets ?? []) next[other] = this.start[other];
    }
    if (Object.keys(next).every((name) => next[name] === this.values[name])) return;
    this.values = next;
    if (how !== "glide") this.gliding = null;
    // the first move of a frame is drawn at once, others before the next one
    this.dirty = true;
    if (this.wanted) return;
    this.dirty = false;
    this.show(false);
    this.wanted = requestAnimationFrame(() => {
      this.wanted = null;
      if (this.dirty) this.show(false);
      this.dirty = false;
    });
  }

  choose(control, place, how) {
    if (control.smooth) this.glide({ [control.name]: place });
    else this.set({ [control.name]: place }, how);
  }

  // Moves there in small steps, so that one sees what happens.
  glide(values) {
    const numeric = Object.keys(values).filter((name) => {
      const control = this.control(name);
      return control && !control.discrete && (control.smooth || (!control.options && ["slider", "hidden"].includes(control.kind)));
    });
    const rest = Object.fromEntries(Object.entries(values).filter(([name]) => !numeric.includes(name)));
    this.set(rest);
    if (!numeric.length) return;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.set(values);
      return;
    }
    const from = { ...this.values };
    const begin = performance.now() - FRAME; // the first step is taken at once, and the way is quick at first
    const mine = (this.gliding = {});
    const step = () => {
      if (this.gliding !== mine) return;
      const share = Math.min(1, (performance.now() - begin) / GLIDE);
      const eased = 1 - (1 - share) ** 3;
      this.set(Object.fromEntries(numeric.map((name) => [name, from[name] + eased * (values[name] - from[name])])), "glide");
      if (share < 1) requestAnimationFrame(step);
    };
    step();
  }

  key() {
    return this.controls.filter((c) => c.discrete).map((c) => this.values[c.name]).join("|");
  }

  show(first, answered = false) {
    for (const control of this.controls) this.inputs[control.name]?.(this.values[control.name]);
    const key = this.key();
    if (key !== this.shownKey || first) {
      const source = this.sources.find((part) => key in part.scenes);
      if (!source) {
        this.ask(key);
        return;
      }
      const scene = source.scenes[key];
      if (scene.error) {
        this.stay(scene.error);
        return;
      }
      this.open(source, scene, key);
    } else {
      const changed = this.steps.set(this.values);
      this.shownValues = { ...this.values };
      if (changed.length) this.refresh(changed);
    }
    if (!answered) this.after();
  }

  // Shows a scene of another structure.
  open(source, scene, key) {
    source.steps ??= new Steps(source.nodes);
    this.steps = source.steps;
    this.steps.set({ ...this.values, pointer_x: 0, pointer_y: 0 });
    this.scene = scene;
    this.shownKey = key;
    this.shownValues = { ...this.values };
    this.say("");
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset?.press : undefined;
    this.picture = new Picture(this, scene);
    this.updates = [];
    const lines = (box, block, name, math) => box.replaceChildren(...block.map((words) => {
      const line = element(name);
      write(line, words, this, this.updates, math);
      return line;
    }));
    lines(this.equation, scene.equation, "div");
    lines(this.sentence, scene.sentence, "p");
    this.more.replaceChildren(...Object.entries(scene.more).map(([heading, block]) => {
      const open = (this.opened ??= new Set(scene.opened)).has(heading);
      const body = element("div");
      lines(body, block, "div");
      const details = element("details", { open }, [element("summary", {}, [heading]), body]);
      details.addEventListener("toggle", () => this.opened[details.open ? "add" : "delete"](heading));
      return details;
    }));
    this.tip.hidden = !Object.keys(scene.more).length || scene.opened.length > 0;
    if (scene.notes.length) this.sentence.append(element("p", { class: "mlm-warning" }, [scene.notes.join(" ")]));
    this.legend.replaceChildren(...this.picture.legend());
    for (const one of this.equation.querySelectorAll("[data-symbol]")) if (!one.closest("button")) one.setAttribute("tabindex", 0);
    for (const group of [this.legend, this.sentence, this.more])
      group.querySelectorAll("[data-symbol]").forEach((one, i) => one.setAttribute("tabindex", i ? -1 : 0));
    this.picture.layout(Math.floor(this.figure.clientWidth) || 640);
    this.refresh(null);
    if (focused !== undefined) [...this.root.querySelectorAll("[data-press]")].find((one) => one.dataset.press === focused)?.focus();
    this.relight();
    // JupyterLab leaves keys to elements that say so, each for itself
    for (const one of this.root.querySelectorAll("input, select, button, summary, [tabindex]"))
      one.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  refresh(changed) {
    this.picture.draw(changed);
    for (const update of this.updates)
      if (!changed || !update.needs || changed.some((name) => update.needs.has(name))) update.run();
    this.alt.textContent = plainText(this.scene.alt, this.steps);
  }

  // What can wait until nothing moves: what is read out, and the kernel.
  after() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const words = [...this.sentence.children].map((p) => p.textContent).join(" ");
      if (this.ready) this.status.textContent = words;
      this.ready = true;
      this.tell();
    }, REST);
  }

  // Goes back to what is shown, and says why.
  stay(words) {
    this.values = { ...(this.shownValues ?? this.start) };
    for (const control of this.controls) this.inputs[control.name]?.(this.values[control.name]);
    this.say(words);
  }

  say(words) {
    this.message.hidden = !words;
    if (this.message.textContent !== words) this.message.textContent = words;
  }

  // --- the kernel ---

  connect() {
    const key = this.root.dataset.mlm;
    const attach = () => {
      const model = globalThis.mlmteach?.links?.get(key);
      if (!model || model === this.model) return;
      this.model = model;
      this.lost = false;
      model.on("msg:custom", (message) => this.heard(message));
    };
    attach();
    globalThis.addEventListener?.("mlmteach", attach);
  }

  heard(message) {
    this.lost = false;
    clearTimeout(this.waiting);
    if (message.part) {
      this.sources.unshift({ ...message.part, steps: null });
      this.sources.length = Math.min(this.sources.length, 400);
    }
    if (typeof message.asked === "string") {
      this.root.removeAttribute("aria-busy");
      if (message.asked === this.key()) this.show(true, message.detail);
      else this.ask(this.key());
    }
  }

  tell() {
    if (!this.model || this.lost) return;
    this.send({ values: this.values });
  }

  send(message) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.lose(), PATIENCE);
    try {
      this.model.send(message);
    } catch {
      this.lose();
    }
  }

  ask(key) {
    if (!this.model || this.lost) {
      this.lose();
      return;
    }
    if (this.root.hasAttribute("aria-busy")) return;
    this.root.setAttribute("aria-busy", "true");
    this.send({ values: this.values, ask: key });
  }

  // Without a kernel, what is in the table goes on; what is not is said.
  lose() {
    const had = Boolean(this.model);
    this.lost = true;
    this.root.removeAttribute("aria-busy");
    if (this.sources.some((part) => this.key() in part.scenes)) {
      if (had && !this.program.whole) this.say("Python does not answer any more. The panel goes on with what was computed; start it again for the rest.");
      return;
    }
    this.stay(had
      ? "Python does not answer any more, so this choice cannot be computed. What was computed before still works; start the panel again for the rest."
      : "This choice was not computed beforehand, and there is no Python behind this page. Run the cell in JupyterLab to compute it.");
  }

  // --- light and dark, as what lies behind the panel ---

  theme() {
    const follow = () => {
      let here = this.root.parentElement;
      let colour = null;
      while (here && !colour) {
        const found = getComputedStyle(here).backgroundColor.match(/[\d.]+/g)?.map(Number);
        if (found && (found.length < 4 || found[3] > 0.5)) colour = found;
        here = here.parentElement;
      }
      const [r, g, b] = colour ?? [255, 255, 255];
      this.root.dataset.mlmTheme = 0.299 * r + 0.587 * g + 0.114 * b < 110 ? "dark" : "light";
    };
    follow();
    const watch = new MutationObserver(() => setTimeout(follow, 50));
    for (const one of [document.documentElement, document.body]) watch.observe(one, { attributes: true });
    setTimeout(follow, 300);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(follow, 50));
  }
}

// --- what opens the panels of a page -----------------------------------------------------

async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

export async function openPanels() {
  for (const root of document.querySelectorAll("[data-mlm]:not([data-mlm-live])")) {
    root.dataset.mlmLive = "";
    new Panel(root, await unpacked(root.dataset.program));
  }
}

if (typeof document !== "undefined") openPanels();
