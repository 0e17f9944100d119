"""One process of R that waits for expressions, so that its start is not measured."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import TracebackType

RSCRIPT = shutil.which("Rscript")
LOOP = """
suppressMessages({ have <- c(lme4 = require(lme4), nlme = require(nlme)) })
cat(paste(names(have)[have], collapse = ","), "\n", sep = "")
input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  code <- parse(text = line)
  start <- Sys.time()
  value <- tryCatch(eval(code), error = function(e) NaN)
  seconds <- as.numeric(difftime(Sys.time(), start, units = "secs"))
  value <- if (is.numeric(value)) value[1] else if (inherits(value, c("lme", "merMod"))) {
    -2 * as.numeric(logLik(value))
  } else 0
  cat(sprintf("%.9f %.9f\n", seconds, value))
  flush(stdout())
}
"""


class RSession:
    """R behind a pipe: ``seconds, value = session.run("lmer(...)")``."""

    def __init__(self, folder: Path) -> None:
        script = folder / "loop.R"
        script.write_text(LOOP, encoding="utf-8")
        self._process = subprocess.Popen(
            [str(RSCRIPT), "--vanilla", str(script)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.packages = tuple(self._line().strip().split(","))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def run(self, expression: str) -> tuple[float, float]:
        """Evaluate one line; seconds, and -2 log-likelihood if it was a fit."""
        assert self._process.stdin is not None
        self._process.stdin.write(expression.replace("\n", " ") + "\n")
        self._process.stdin.flush()
        answer = self._line().split()
        if len(answer) != 2:
            raise RuntimeError(f"R stopped at: {expression}")
        return float(answer[0]), float(answer[1])

    def __enter__(self) -> RSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=10)
