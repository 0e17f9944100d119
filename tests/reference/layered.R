# Writes layered.json: models with two groupings by lme4's lmer, and two large files of data.
# Run in the folder of the repository: Rscript tests/reference/layered.R
# README.md says what the keys mean.
suppressMessages({
  library(lmerTest)
  library(mlmRev)
  library(jsonlite)
})
here <- "tests/reference"
read <- function(name) {
  read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = TRUE)
}
write_gz <- function(data, name) {
  file <- gzfile(file.path(here, name), "w")
  write.csv(data, file, row.names = FALSE, quote = FALSE)
  close(file)
}

# The data ------------------------------------------------------------------------------------
# Two are too large for the package: Chem97 with 31,022 and InstEval with 73,421 rows.
write_gz(Chem97[c("lea", "school", "score", "gender", "age", "gcsescore")], "chem97.csv.gz")
write_gz(InstEval[c("s", "d", "service", "y")], "insteval.csv.gz")
large <- function(name, ids) {
  data <- read.csv(file.path(here, paste0(name, ".csv.gz")), stringsAsFactors = TRUE)
  data[ids] <- lapply(data[ids], factor)
  data
}
pastes <- read("pastes")
penicillin <- read("penicillin")
machines <- transform(read("machines"), Worker = factor(Worker))
oats <- read("oats")
scotssec <- transform(
  read("scotssec"), primary = factor(primary), second = factor(second),
  sex = factor(sex, c("M", "F"))
)
egsingle <- transform(
  read("egsingle"), schoolid = factor(schoolid), childid = factor(childid),
  lowinc10 = lowinc / 10
)
chem97 <- large("chem97", c("lea", "school"))
chem97$gender <- factor(chem97$gender, c("M", "F"))
chem97$gcsecnt <- chem97$gcsescore - mean(chem97$gcsescore)
insteval <- large("insteval", c("s", "d"))

# The models ----------------------------------------------------------------------------------
# name = list(data, formula); each by REML and by ML
models <- list(
  pastes = list("pastes", strength ~ 1 + (1 | batch/cask)),
  penicillin = list("penicillin", diameter ~ 1 + (1 | plate) + (1 | sample)),
  machines = list("machines", score ~ Machine + (1 | Worker/Machine)),
  machines_slopes = list("machines", score ~ Machine + (Machine | Worker)),
  oats = list("oats", yield ~ nitro + Variety + (1 | Block/Variety)),
  scotssec_null = list("scotssec", attain ~ 1 + (1 | primary) + (1 | second)),
  scotssec = list("scotssec", attain ~ verbal + sex + social + (1 | primary) + (1 | second)),
  scotssec_slopes = list("scotssec", attain ~ verbal + sex + (verbal | primary) + (1 | second)),
  scotssec_singular = list("scotssec", attain ~ verbal + sex + (1 | primary) + (sex | second)),
  egsingle_null = list("egsingle", math ~ 1 + (1 | schoolid/childid)),
  egsingle = list("egsingle", math ~ year + (year | schoolid/childid)),
  egsingle_diagonal = list(
    "egsingle", math ~ year + (year || schoolid) + (year || childid)
  ),
  egsingle_full = list(
    "egsingle",
    math ~ year * female + lowinc10 * year + (year | schoolid) + (year | childid)
  ),
  chem97 = list("chem97", score ~ gcsecnt + gender + (1 | lea/school)),
  chem97_slopes = list("chem97", score ~ gcsecnt + (gcsecnt | lea) + (1 | school)),
  insteval = list("insteval", y ~ service + (1 | s) + (1 | d))
)

# The fits ------------------------------------------------------------------------------------
tight <- list(
  nloptwrap = lmerControl(optCtrl = list(xtol_abs = 1e-10, ftol_abs = 1e-10, maxeval = 10000)),
  bobyqa = lmerControl("bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 10000))
)
fit_one <- function(name, reml) {
  data <- models[[name]][[1]]
  formula <- models[[name]][[2]]
  fits <- lapply(tight, function(control) {
    call <- bquote(lme4::lmer(.(formula), .(as.name(data)), REML = .(reml), control = .(control)))
    suppressWarnings(suppressMessages(eval(call, globalenv())))
  })
  criteria <- sapply(fits, function(fit) if (reml) REMLcrit(fit) else deviance(fit))
  fit <- fits[[which.min(criteria)]]
  singular <- isSingular(fit, 1e-4)
  table <- summary(fit)$coefficients
  fixed <- list(
    terms = rownames(table), gamma = fixef(fit), se = table[, 2], vcov = as.matrix(vcov(fit))
  )
  # no df on the boundary, where the method does not hold
  if (!singular) {
    tested <- as_lmerModLmerTest(fit)
    fixed$df <- summary(tested, ddf = "Satterthwaite")$coefficients[, "df"]
  }
  effects <- lapply(ranef(fit, condVar = TRUE), function(modes) {
    covariances <- attr(modes, "postVar")
    if (is.list(covariances)) {  # from ||: a list of arrays, one a coefficient
      variances <- sapply(covariances, function(each) each[1, 1, ])
    } else {
      variances <- t(apply(covariances, 3, diag))
      if (dim(covariances)[1] == 1) variances <- t(variances)
    }
    some <- unique(c(1:min(5, nrow(modes)), nrow(modes)))
    list(
      coefficients = names(modes), groups = rownames(modes)[some],
      modes = as.matrix(modes)[some, , drop = FALSE],
      sds = sqrt(variances)[some, , drop = FALSE],
      squares = colSums(as.matrix(modes)^2)
    )
  })
  covariances <- lapply(VarCorr(fit), function(x) matrix(x, nrow(x), dimnames = dimnames(x)))
  list(
    call = sprintf(
      "lmer(%s, %s, REML = %s)", paste(deparse(formula, 500), collapse = ""), data, reml
    ),
    data = data, REML = reml, n = nobs(fit), groups = as.list(ngrps(fit)),
    criterion = min(criteria), criteria = as.list(criteria), singular = singular,
    fixed = fixed, T = covariances, sigma2 = sigma(fit)^2, effects = effects
  )
}
fits <- list()
for (name in names(models)) {
  for (reml in c(TRUE, FALSE)) {
    key <- paste0(name, if (reml) "_reml" else "_ml")
    seconds <- system.time(fits[[key]] <- fit_one(name, reml))[["elapsed"]]
    cat(sprintf("%-24s %6.1f s  %.6f %s\n", key, seconds, fits[[key]]$criterion,
      if (fits[[key]]$singular) "singular" else ""))
  }
}
versions <- list(
  R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4")),
  lmerTest = as.character(packageVersion("lmerTest")),
  mlmRev = as.character(packageVersion("mlmRev"))
)
writeLines(
  toJSON(list(versions = versions, fits = fits), digits = 12, auto_unbox = TRUE, pretty = 1),
  file.path(here, "layered.json")
)
