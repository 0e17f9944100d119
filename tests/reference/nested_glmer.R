# Writes nested_glmer.json: three levels of yes/no outcomes and counts by lme4's glmer, and a file of
# data. Run in the folder of the repository: Rscript tests/reference/nested_glmer.R
# README.md says what the keys mean.
suppressMessages({
  library(lme4)
  library(mlmRev)
  library(jsonlite)
})
here <- "tests/reference"
read <- function(name) read.csv(file.path("data", paste0(name, ".csv")))

# The data ------------------------------------------------------------------------------------
# immunized: 2,159 children of 1,595 mothers in 161 communities of Guatemala (Rodriguez & Goldman 2001)
immunized <- data.frame(
  community = as.integer(as.character(guImmun$comm)), mother = as.integer(as.character(guImmun$mom)),
  immun = as.integer(guImmun$immun == "Y"), old = as.integer(guImmun$kid2p == "Y"),
  rural = as.integer(guImmun$rural == "Y"), indigenous = guImmun$pcInd81
)
write.csv(immunized, file.path(here, "immunized.csv"), row.names = FALSE, quote = FALSE)
grouseticks <- read("grouseticks")
grouseticks$YEAR <- factor(grouseticks$YEAR)
grouseticks$high <- (grouseticks$HEIGHT - 460) / 50
grouseticks$exposure <- 1 + grouseticks$INDEX %% 5
egsingle <- read("egsingle")
egsingle$passed <- as.integer(egsingle$math > 0)

# The models ----------------------------------------------------------------------------------
models <- list(
  immunized = list("immunized", immun ~ old + rural + indigenous + (1 | community/mother), "binomial", "logit"),
  immunized_probit = list("immunized", immun ~ old + rural + (1 | community/mother), "binomial", "probit"),
  egsingle = list("egsingle", passed ~ year + female + (1 | schoolid/childid), "binomial", "logit"),
  ticks = list("grouseticks", TICKS ~ high + YEAR + (1 | LOCATION/BROOD), "poisson", "log"),
  ticks_exposure = list(
    "grouseticks", TICKS ~ high + offset(log(exposure)) + (1 | LOCATION/BROOD), "poisson", "log"
  )
)
tight <- list(
  bobyqa = glmerControl("bobyqa", tolPwrss = 1e-10, optCtrl = list(rhoend = 1e-8, maxfun = 1e5)),
  nlminb = glmerControl("nlminbwrap", tolPwrss = 1e-10)
)
fits <- list()
for (name in names(models)) {
  model <- models[[name]]
  family <- get(model[[3]])(link = model[[4]])
  found <- lapply(tight, function(control) {
    call <- bquote(glmer(.(model[[2]]), .(as.name(model[[1]])), .(family), control = .(control)))
    suppressWarnings(suppressMessages(eval(call, globalenv())))
  })
  fit <- found[[which.max(sapply(found, logLik))]]
  effects <- lapply(ranef(fit, condVar = TRUE), function(modes) {
    some <- unique(c(1:min(5, nrow(modes)), nrow(modes)))
    list(
      groups = rownames(modes)[some], modes = modes[some, 1],
      sds = sqrt(attr(modes, "postVar")[1, 1, some]), squares = sum(modes[, 1]^2)
    )
  })
  fits[[name]] <- list(
    call = sprintf(
      "glmer(%s, %s, %s(\"%s\"))", paste(deparse(model[[2]], 500), collapse = ""), model[[1]],
      model[[3]], model[[4]]
    ),
    data = model[[1]], family = model[[3]], link = model[[4]], n = nobs(fit),
    groups = as.list(ngrps(fit)), logLik = as.numeric(logLik(fit)),
    logLiks = lapply(found, function(fit) as.numeric(logLik(fit))),
    terms = names(fixef(fit)), gamma = unname(fixef(fit)),
    se = unname(sqrt(diag(as.matrix(vcov(fit, use.hessian = TRUE))))),
    variances = lapply(VarCorr(fit), function(x) x[1, 1]), effects = effects
  )
  cat(sprintf("%-18s %.6f  %s\n", name, logLik(fit), deparse(sapply(found, logLik))))
}
writeLines(
  toJSON(list(R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4")), fits = fits),
    digits = 12, auto_unbox = TRUE, pretty = 1),
  file.path(here, "nested_glmer.json")
)
