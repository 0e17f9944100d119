# Writes glmer.json: generalised two-level models by lme4's glmer, and three files of data.
# Run in the folder of the repository: Rscript tests/reference/glmer.R [name of a case ...]
# README.md says what the keys mean.
suppressMessages({
  library(lme4)
  library(jsonlite)
})
here <- "tests/reference"
read <- function(name, folder = "data") read.csv(file.path(folder, paste0(name, ".csv")))

# Simulated data ------------------------------------------------------------------------------
# counts: 40 groups of 5 to 14 rows. In y an intercept and a slope vary, in many two slopes.
set.seed(20)
size <- sample(5:14, 40, replace = TRUE)
counts <- data.frame(group = rep(1:40, size))
counts$x <- round(rnorm(nrow(counts)), 3)
counts$z <- rep(round(rnorm(40), 3), size)
counts$time <- sample(c(0.5, 1, 2, 4), nrow(counts), replace = TRUE)
u <- matrix(rnorm(80), 40) %*% chol(matrix(c(0.5, 0.12, 0.12, 0.15), 2))
eta <- 0.4 + 0.3 * counts$x - 0.4 * counts$z + rowSums(u[counts$group, ] * cbind(1, counts$x))
counts$y <- rpois(nrow(counts), counts$time * exp(eta))
counts$w <- round(rnorm(nrow(counts)), 3)
v <- matrix(rnorm(120), 40) %*% chol(0.3 * diag(3) + 0.1)
eta <- 0.8 + 0.3 * counts$x - 0.3 * counts$w + 
  rowSums(v[counts$group, ] * cbind(1, counts$x, counts$w))
counts$many <- rpois(nrow(counts), exp(eta))
write.csv(counts, file.path(here, "counts.csv"), row.names = FALSE, quote = FALSE)
# boundary: no variance between 25 groups of 12; the outcomes in a group are drawn without
# replacement, and so the groups are more alike than chance makes them.
set.seed(3)
boundary <- data.frame(group = rep(1:25, each = 12), x = round(rnorm(300), 3))
boundary$y <- as.vector(replicate(25, sample(rep(0:1, c(7, 5)))))
boundary$count <- as.vector(replicate(25, sample(c(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 5))))
write.csv(boundary, file.path(here, "boundary.csv"), row.names = FALSE, quote = FALSE)

# The data ------------------------------------------------------------------------------------
cbpp <- read("cbpp")
cbpp$period <- factor(cbpp$period)
cbpp_long <- cbpp[rep(seq_len(nrow(cbpp)), cbpp$size), ]  # a row for each animal
cbpp_long$case <- unlist(Map(function(k, n) rep(1:0, c(k, n - k)), cbpp$incidence, cbpp$size))
contraception <- read("contraception")
contraception$livch <- factor(contraception$livch)
# Stata's bangladesh.dta differs from mlmRev's Contraception in two women, and in the rounding of
# the ages: all are whole numbers minus 0.56, to four decimals or fewer.
contraception_stata <- contraception
contraception_stata$age <- round(contraception_stata$age + 0.56) - 0.56
contraception_stata$livch[contraception_stata$woman %in% c(674, 1925)] <- "2"
grouseticks <- read("grouseticks")
grouseticks$YEAR <- factor(grouseticks$YEAR)
grouseticks$cHEIGHT <- grouseticks$HEIGHT - mean(grouseticks$HEIGHT)
grouseticks$exposure <- 1 + grouseticks$INDEX %% 5
verbagg <- read("verbagg")
verbagg$Gender <- factor(verbagg$Gender)
verbagg$btype <- factor(verbagg$btype)
verbagg$situ <- factor(verbagg$situ)
hsb <- read("hsb")
hsb$passed <- as.integer(hsb$mathach > 12.75)
hsb$size100 <- hsb$size / 100
exam <- read("exam")
exam$sex <- factor(exam$sex, c("M", "F"))
exam$above <- as.integer(exam$normexam > 0)

# The likelihood once more, by plain R, a group at a time ----------------------------------------
# It checks glmer's, and does what glmer cannot: the Laplace approximation with the observed
# Hessian where the link is not the canonical one (glmer takes the expected one), and quadrature
# for two random coefficients.
gauss_hermite <- function(k) {  # for the weight exp(-z^2 / 2) / sqrt(2 pi)
  if (k == 1) return(list(z = 0, w = 1))
  off <- sqrt(seq_len(k - 1))
  jacobi <- matrix(0, k, k)
  jacobi[cbind(1:(k - 1), 2:k)] <- jacobi[cbind(2:k, 1:(k - 1))] <- off
  e <- eigen(jacobi, symmetric = TRUE)
  list(z = e$values, w = e$vectors[1, ]^2)
}

log_density <- function(family, y, n, eta) {
  mu <- family$linkinv(eta)
  if (family$family == "binomial") return(dbinom(y, n, mu, log = TRUE))
  if (family$family == "poisson") return(dpois(y, mu, log = TRUE))
  dnbinom(y, size = get(".Theta", environment(family$variance)), mu = mu, log = TRUE)
}

score <- function(family, y, n, eta) {
  mu <- family$linkinv(eta)
  n * (y / n - mu) * family$mu.eta(eta) / family$variance(mu)
}

by_hand <- function(family, y, n, eta0, z, group, lambda, points, observed, memory) {
  q <- ncol(z)
  rule <- gauss_hermite(points)
  grid <- as.matrix(expand.grid(rep(list(rule$z), q)))             # (points^q, q)
  log_w <- rowSums(log(as.matrix(expand.grid(rep(list(rule$w), q)))))
  total <- 0
  rows_of <- split(seq_along(y), group)
  for (j in names(rows_of)) {
    rows <- rows_of[[j]]
    a <- z[rows, , drop = FALSE] %*% lambda                         # (n_j, q)
    joint <- function(u) {
      sum(log_density(family, y[rows], n[rows], eta0[rows] + a %*% u)) - sum(u^2) / 2
    }
    u <- if (is.null(memory[[j]])) rep(0, q) else memory[[j]]       # the last mode of the group
    for (step in 1:100) {
      eta <- drop(eta0[rows] + a %*% u)
      mu <- family$linkinv(eta)
      w <- n[rows] * family$mu.eta(eta)^2 / family$variance(mu)
      gradient <- drop(crossprod(a, score(family, y[rows], n[rows], eta))) - u
      move <- solve(crossprod(a, w * a) + diag(q), gradient)
      while (joint(u + move) < joint(u) - 1e-10) move <- move / 2
      u <- u + move
      if (max(abs(move)) < 1e-12) break
    }
    memory[[j]] <- u
    eta <- drop(eta0[rows] + a %*% u)
    w <- if (observed) {
      h <- 1e-4
      s <- function(k) score(family, y[rows], n[rows], eta + k * h)
      -(8 * (s(1) - s(-1)) - (s(2) - s(-2))) / (12 * h)
    } else {
      n[rows] * family$mu.eta(eta)^2 / family$variance(family$linkinv(eta))
    }
    root <- chol(crossprod(a, w * a) + diag(q))                     # upper triangular
    values <- apply(grid, 1, function(g) joint(u + backsolve(root, g)) + sum(g^2) / 2) + log_w
    top <- max(values)
    total <- total + top + log(sum(exp(values - top))) - sum(log(diag(root)))
  }
  total
}

pieces <- function(fit) {  # what by_hand needs of a fit
  fr <- model.frame(fit)
  y <- model.response(fr)
  n <- rep(1, nrow(fr))
  if (is.matrix(y)) {
    n <- rowSums(y)
    y <- y[, 1]
  }
  lists <- getME(fit, "mmList")
  list(
    family = family(fit), y = unname(y), n = unname(n), x = getME(fit, "X"),
    offset = getME(fit, "offset"), z = do.call(cbind, unname(lists)),
    group = as.vector(getME(fit, "flist")[[1]]), memory = new.env()
  )
}

# Lambda: blocks, each lower triangular and filled by columns
lambda_of <- function(theta, blocks) {
  out <- matrix(0, sum(blocks), sum(blocks))
  used <- at <- 0
  for (k in blocks) {
    block <- matrix(0, k, k)
    count <- k * (k + 1) / 2
    block[lower.tri(block, diag = TRUE)] <- theta[used + seq_len(count)]
    out[at + seq_len(k), at + seq_len(k)] <- block
    used <- used + count
    at <- at + k
  }
  out
}
blocks_of <- function(fit) unname(vapply(getME(fit, "mmList"), ncol, 1L))

log_lik_by_hand <- function(fit, points, observed = FALSE, par = NULL, p = pieces(fit)) {
  m <- length(getME(fit, "theta"))
  par <- if (is.null(par)) c(getME(fit, "theta"), fixef(fit)) else par
  eta0 <- drop(p$x %*% par[-seq_len(m)]) + p$offset
  lambda <- lambda_of(par[seq_len(m)], blocks_of(fit))
  by_hand(p$family, p$y, p$n, eta0, p$z, p$group, lambda, points, observed, p$memory)
}

# glmer, searched tightly -------------------------------------------------------------------------
# bobyqa and nlminb take turns, each from the optimum of the other, until neither gains 1e-9.
control <- function(optimizer) {
  glmerControl(
    optimizer = optimizer, tolPwrss = 1e-12, calc.derivs = FALSE,
    check.conv.singular = "ignore",
    optCtrl = switch(optimizer,
      bobyqa = list(maxfun = 2e5, rhoend = 1e-8),
      nlminbwrap = list(eval.max = 2e4, iter.max = 2e3, rel.tol = 1e-14, x.tol = 1e-12)
    )
  )
}

by_glmer <- function(formula, data, family, nAGQ, optimizer = "bobyqa", ...) {
  glmer(formula, data, family, control = control(optimizer), nAGQ = nAGQ, ...)
}
tight <- function(formula, data, family, nAGQ) {
  run <- function(...) suppressWarnings(by_glmer(formula, data, family, nAGQ, ...))
  fit <- run()
  for (optimizer in rep(c("nlminbwrap", "bobyqa"), 3)) {
    start <- list(theta = getME(fit, "theta"), fixef = fixef(fit))
    again <- tryCatch(run(optimizer = optimizer, start = start), error = function(e) fit)
    gain <- as.numeric(logLik(again) - logLik(fit))
    if (gain > 0) fit <- again
    if (gain < 1e-9) break
  }
  fit
}

# For more than one point glmer leaves out the log-likelihood of the saturated model.
saturated <- function(fit) {
  p <- pieces(fit)
  eta <- p$family$linkfun(p$y / p$n)
  eta <- pmin(pmax(eta, p$family$linkfun(1e-12)),
              if (p$family$family == "binomial") p$family$linkfun(1 - 1e-12) else Inf)
  sum(log_density(p$family, p$y, p$n, eta))
}
full_log_lik <- function(fit, nAGQ) {
  as.numeric(logLik(fit)) + if (nAGQ > 1) saturated(fit) else 0
}

# Gradient and Hessian of glmer's deviance in (theta, gamma), by Richardson's extrapolation
derivatives <- function(fit, data, nAGQ) {
  par <- c(getME(fit, "theta"), fixef(fit))
  deviance <- by_glmer(formula(fit), data, family(fit), nAGQ, devFunOnly = TRUE)
  list(gradient = numDeriv::grad(deviance, par), hessian = numDeriv::hessian(deviance, par))
}

parts <- function(fit, par = NULL) {
  lambda <- lambda_of(if (is.null(par)) getME(fit, "theta") else par, blocks_of(fit))
  unname(tcrossprod(lambda))
}

report <- function(fit, data, nAGQ) {
  m <- length(getME(fit, "theta"))
  singular <- isSingular(fit, tol = 1e-5)
  t <- as.matrix(Matrix::bdiag(lapply(VarCorr(fit), function(v) matrix(v, nrow(v)))))
  stopifnot(all.equal(unname(t), parts(fit), tolerance = 1e-8))
  d <- derivatives(fit, data, nAGQ)
  inverse <- if (singular) NULL else 2 * solve(d$hessian)
  modes <- ranef(fit, condVar = TRUE)[[1]]
  post <- attr(modes, "postVar")
  if (is.list(post)) {  # terms that do not covary in the model: an array for each
    sds <- sapply(post, function(v) sqrt(v[1, 1, ]))
  } else {
    sds <- matrix(sqrt(apply(post, 3, diag)), nrow(modes), byrow = TRUE)
  }
  k <- length(fixef(fit))
  list(
    n = nobs(fit), groups = row.names(modes), nAGQ = nAGQ,
    logLik = full_log_lik(fit, nAGQ), logLik_glmer = as.numeric(logLik(fit)),
    logLik_by_hand = log_lik_by_hand(fit, nAGQ),
    terms = I(names(fixef(fit))), gamma = I(unname(fixef(fit))),
    se = if (singular) NULL else I(sqrt(diag(inverse))[m + seq_len(k)]),
    vcov = if (singular) NULL else inverse[m + seq_len(k), m + seq_len(k)],
    se_theta_fixed = sqrt(diag(2 * solve(d$hessian[m + seq_len(k), m + seq_len(k)]))),
    se_rx = unname(sqrt(diag(as.matrix(vcov(fit, use.hessian = FALSE))))),
    random = I(names(modes)), T = t, theta = I(unname(getME(fit, "theta"))), singular = singular,
    se_theta = if (singular) NULL else I(sqrt(diag(inverse))[seq_len(m)]),
    max_gradient = max(abs(d$gradient[if (singular) -seq_len(m) else TRUE])),
    modes = signif(unname(as.matrix(modes)), 9), sds = signif(unname(sds), 9)
  )
}

# The same model by `by_hand` alone, from glmer's optimum: other points, or the observed Hessian
maximised <- function(fit, points, observed) {
  p <- pieces(fit)
  m <- length(getME(fit, "theta"))
  objective <- function(par) -log_lik_by_hand(fit, points, observed, par, p)
  search <- nlminb(
    c(getME(fit, "theta"), fixef(fit)), objective,
    lower = c(fit@lower, rep(-Inf, length(fixef(fit)))),
    control = list(rel.tol = 1e-14, x.tol = 1e-10, eval.max = 2000, iter.max = 500)
  )
  covariance <- solve(numDeriv::hessian(objective, search$par))
  list(
    points = points, hessian = if (observed) "observed" else "expected",
    logLik = -search$objective, gamma = unname(search$par[-seq_len(m)]),
    se = sqrt(diag(covariance))[-seq_len(m)], theta = I(unname(search$par[seq_len(m)])),
    T = parts(fit, search$par[seq_len(m)]),
    max_gradient = max(abs(numDeriv::grad(objective, search$par)))
  )
}

# The cases ---------------------------------------------------------------------------------------
# Each: the call as it is written in R, and what is derived from the file.
case <- function(formula, data, family = "binomial", nAGQ = 1, by_hand = list()) {
  list(formula = formula, data = data, family = family, nAGQ = nAGQ, by_hand = by_hand)
}
herds <- cbind(incidence, size - incidence) ~ period + (1 | herd)
districts <- use ~ age + I(age^2) + urban + livch + (1 | district)
ticks <- TICKS ~ YEAR + cHEIGHT + (1 | BROOD)
observed <- list(list(1, TRUE))
cases <- list(
  cbpp = case(herds, "cbpp"),
  cbpp_agq9 = case(herds, "cbpp", nAGQ = 9),
  cbpp_agq25 = case(herds, "cbpp", nAGQ = 25),
  cbpp_probit = case(herds, "cbpp", 'binomial("probit")', by_hand = observed),
  cbpp_probit_agq25 = case(herds, "cbpp", 'binomial("probit")', 25),
  cbpp_cloglog = case(herds, "cbpp", 'binomial("cloglog")', by_hand = observed),
  cbpp_cloglog_agq25 = case(herds, "cbpp", 'binomial("cloglog")', 25),
  cbpp_long = case(case ~ period + (1 | herd), "cbpp_long"),
  contraception = case(districts, "contraception"),
  contraception_agq7 = case(districts, "contraception", nAGQ = 7),
  contraception_slope = case(
    use ~ age + I(age^2) + urban + livch + (1 + urban | district), "contraception"
  ),
  contraception_stata = case(
    use ~ urban + age + livch + (1 | district), "contraception_stata", nAGQ = 7
  ),
  contraception_stata_slope = case(
    use ~ urban + age + livch + (1 + urban | district), "contraception_stata",
    by_hand = list(list(7, FALSE))
  ),
  grouseticks = case(ticks, "grouseticks", "poisson"),
  grouseticks_agq9 = case(ticks, "grouseticks", "poisson", 9),
  grouseticks_exposure = case(
    TICKS ~ YEAR + cHEIGHT + offset(log(exposure)) + (1 | BROOD), "grouseticks", "poisson"
  ),
  counts_slope = case(
    y ~ x + z + offset(log(time)) + (1 + x | group), "counts", "poisson",
    by_hand = list(list(5, FALSE))
  ),
  counts_cross = case(y ~ x * z + (1 + x | group), "counts", "poisson"),
  counts_three = case(many ~ x + w + z + (1 + x + w | group), "counts", "poisson"),
  counts_three_diagonal = case(many ~ x + w + z + (1 + x + w || group), "counts", "poisson"),
  exam_slope = case(above ~ standLRT + sex + schavg + (1 + standLRT | school), "exam"),
  exam_diagonal = case(above ~ standLRT + sex + schavg + (1 + standLRT || school), "exam"),
  exam_cross = case(above ~ standLRT * schavg + sex + (1 + standLRT | school), "exam"),
  verbagg = case(r2 ~ Anger + Gender + btype + situ + (1 | id), "verbagg"),
  verbagg_agq9 = case(r2 ~ Anger + Gender + btype + situ + (1 | id), "verbagg", nAGQ = 9),
  hsb = case(passed ~ ses + female + sector + (1 | school), "hsb"),
  hsb_agq7 = case(passed ~ ses + female + sector + (1 | school), "hsb", nAGQ = 7),
  hsb_slope = case(passed ~ ses + female + sector + (1 + ses | school), "hsb"),
  hsb_diagonal = case(passed ~ ses + female + sector + (1 + ses || school), "hsb"),
  hsb_cross = case(
    passed ~ size100 * ses + sector + minority + female + (1 + ses | school), "hsb"
  ),
  hsb_three = case(passed ~ ses + female + (1 + ses + female | school), "hsb"),
  boundary = case(y ~ x + (1 | group), "boundary"),
  boundary_agq9 = case(y ~ x + (1 | group), "boundary", nAGQ = 9),
  boundary_counts = case(count ~ x + (1 | group), "boundary", "poisson")
)

derived <- c(
  cbpp_long = "each row of cbpp `size` times, the first `incidence` with case = 1, others case = 0",
  contraception_stata = paste(
    "as Stata's bangladesh.dta: livch = '2' for the women 674 and 1925,",
    "age = round(age + 0.56) - 0.56"
  ),
  grouseticks = "cHEIGHT = HEIGHT - mean(HEIGHT); exposure = 1 + INDEX mod 5",
  exam = "above = normexam > 0, as 1 and 0",
  hsb = "passed = mathach > 12.75, as 1 and 0; size100 = size / 100"
)
about <- function(formula, data, family, nAGQ) {
  list(
    call = sprintf(
      "glmer(%s, %s, family = %s, nAGQ = %d)",
      paste(trimws(deparse(formula, 500)), collapse = " "), data, family, nAGQ
    ),
    formula = paste(trimws(deparse(formula, 500)), collapse = " "), data = data,
    data_file = switch(data,
      counts = , boundary = file.path(here, paste0(data, ".csv")),
      cbpp_long = "data/cbpp.csv", contraception_stata = "data/contraception.csv",
      file.path("data", paste0(data, ".csv"))
    ),
    derived = if (data %in% names(derived)) derived[[data]] else ""
  )
}

run <- function(one) {
  family <- eval(parse(text = one$family))
  if (is.function(family)) family <- family()
  fit <- tight(one$formula, get(one$data), family, one$nAGQ)
  result <- c(
    about(one$formula, one$data, one$family, one$nAGQ),
    list(family = family$family, link = family$link), report(fit, get(one$data), one$nAGQ)
  )
  for (way in one$by_hand) {
    result$by_hand <- c(result$by_hand, list(maximised(fit, way[[1]], way[[2]])))
  }
  result
}

# Negative binomial: glmer for a given shape, and a search for the shape around it.  The shape is
# what R calls theta: the variance of a count is mu + mu^2 / shape.
negative_binomial <- function(formula, data, nAGQ, by_hand) {
  at <- function(log_shape) tight(formula, get(data), MASS::negative.binomial(exp(log_shape)), nAGQ)
  best <- optimize(function(s) full_log_lik(at(s), nAGQ), c(-2, 4), maximum = TRUE, tol = 1e-6)
  fit <- at(best$maximum)
  result <- c(
    about(formula, data, "MASS::negative.binomial(shape)", nAGQ),
    list(family = "negative binomial", link = "log", shape = exp(best$maximum)),
    report(fit, get(data), nAGQ)
  )
  # All parameters together, (log shape, theta, gamma), by hand: the standard errors of `report`
  # take the shape as known, as those of glmer.nb do.
  p <- pieces(fit)
  m <- length(getME(fit, "theta"))
  for (way in by_hand) {
    objective <- function(par) {
      p$family <- MASS::negative.binomial(exp(par[1]))
      -log_lik_by_hand(fit, way[[1]], way[[2]], par[-1], p)
    }
    search <- nlminb(
      c(best$maximum, getME(fit, "theta"), fixef(fit)), objective,
      control = list(rel.tol = 1e-14, x.tol = 1e-10, eval.max = 2000, iter.max = 500)
    )
    se <- sqrt(diag(solve(numDeriv::hessian(objective, search$par))))
    theta <- search$par[1 + seq_len(m)]
    result$by_hand <- c(result$by_hand, list(list(
      points = way[[1]], hessian = if (way[[2]]) "observed" else "expected",
      logLik = -search$objective, shape = exp(unname(search$par[1])), se_log_shape = se[1],
      gamma = unname(search$par[-seq_len(m + 1)]), se = se[-seq_len(m + 1)],
      theta = I(unname(theta)), T = parts(fit, theta),
      max_gradient = max(abs(numDeriv::grad(objective, search$par)))
    )))
  }
  result
}
by_location <- TICKS ~ YEAR + cHEIGHT + (1 | LOCATION)
both <- list(list(1, FALSE), list(1, TRUE))
negative <- list(
  grouseticks_negative = function() negative_binomial(by_location, "grouseticks", 1, both),
  grouseticks_negative_agq25 = function() {
    negative_binomial(by_location, "grouseticks", 25, list(list(25, FALSE)))
  }
)

file <- file.path(here, "glmer.json")
made_with <- sprintf(
  "%s, lme4 %s, MASS %s, numDeriv %s", R.version.string, packageVersion("lme4"),
  packageVersion("MASS"), packageVersion("numDeriv")
)
in_order <- c(names(cases), names(negative))
wanted <- commandArgs(trailingOnly = TRUE)
fits <- if (length(wanted)) fromJSON(file, simplifyVector = FALSE)$fits else list()
for (name in if (length(wanted)) wanted else in_order) {
  fits[[name]] <- if (name %in% names(cases)) run(cases[[name]]) else negative[[name]]()
  f <- fits[[name]]
  cat(sprintf(
    "%-28s logLik %.6f  by hand %+.1e  gradient %.1e%s\n", name, f$logLik,
    f$logLik_by_hand - f$logLik, f$max_gradient, if (f$singular) "  singular" else ""
  ))
  write(toJSON(
    list(made_with = made_with, fits = fits[intersect(in_order, names(fits))]), digits = I(13),
    auto_unbox = TRUE, null = "null", matrix = "rowmajor"
  ), file)
}
