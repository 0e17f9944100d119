// Reads one formula a line, as JSON; answers each with "" or with what KaTeX says against it.
const katex = require("katex");
const readline = require("readline");

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let answer = "";
  try {
    katex.renderToString(JSON.parse(line), { displayMode: true, throwOnError: true, strict: "error" });
  } catch (error) {
    answer = String(error.message);
  }
  console.log(JSON.stringify(answer));
});
