# Writes club_sandwich.json: robust standard errors by clubSandwich, of fits by lme4 and nlme.
# Run in the folder of the repository: Rscript tests/reference/club_sandwich.R
suppressMessages({
  library(lme4)
  library(nlme)
  library(clubSandwich)
  library(jsonlite)
})

read <- function(name) read.csv(file.path("data", paste0(name, ".csv")))
hsb <- read("hsb")
hsb$size_k <- hsb$size / 1000
schools <- sort(unique(hsb$school))
few <- hsb[hsb$school %in% schools[1:12], ]
few <- few[ave(few$ses, few$school, FUN = seq_along) <= few$school %% 9 + 1, ]  # 1 to 9 rows
few$lone <- as.numeric(few$school == schools[3])
unequal <- hsb[hsb$school %in% schools[seq(1, 160, 8)], ]
unequal <- unequal[ave(unequal$ses, unequal$school, FUN = seq_along) <= unequal$school %% 40 + 2, ]
exam <- read("exam")
exam$schgend <- factor(exam$schgend, c("girls", "mixed", "boys"))
exam$sex <- factor(exam$sex, c("M", "F"))
sleep <- read("sleepstudy")
dyestuff2 <- read("dyestuff2")
dyestuff <- read("dyestuff")
orthodont <- read("orthodont")
orthodont$Sex <- factor(orthodont$Sex, c("Male", "Female"))

tight <- lmerControl(
  optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-12, maxeval = 1e5),
  check.conv.singular = "ignore"
)
by_lmer <- function(formula, data, REML = TRUE) {
  lmer(formula, data, REML = REML, control = tight)
}
by_lme <- function(fixed, random, data, method = "REML") {
  lme(fixed, data, random, method = method, control = lmeControl(
    tolerance = 1e-12, msTol = 1e-12, msMaxIter = 500, niterEM = 100
  ))
}

fits <- list(
  null = by_lmer(mathach ~ 1 + (1 | school), hsb),
  level1 = by_lmer(mathach ~ ses + minority + female + (1 | school), hsb),
  level1_nlme_ml = by_lme(mathach ~ ses + minority + female, ~ 1 | school, hsb, "ML"),
  slope = by_lmer(mathach ~ ses + minority + female + (1 + ses | school), hsb),
  cross_level = by_lmer(
    mathach ~ size_k * ses + sector + minority + female + (1 + ses | school), hsb
  ),
  cross_level_ml = by_lmer(
    mathach ~ size_k * ses + sector + minority + female + (1 + ses | school), hsb, FALSE
  ),
  singular = by_lmer(Yield ~ 1 + (1 | Batch), dyestuff2),
  six_groups = by_lme(Yield ~ 1, ~ 1 | Batch, dyestuff),
  categories_nlme_ml = by_lme(
    normexam ~ standLRT + sex + schgend, ~ 1 + standLRT | school, exam, "ML"
  ),
  categories = by_lmer(normexam ~ standLRT * schgend + sex + (1 + standLRT | school), exam),
  level2_only_unbalanced = by_lmer(mathach ~ sector + size_k + (1 | school), unequal),
  diagonal = by_lmer(Reaction ~ Days + (Days || Subject), sleep),
  diagonal_nlme = by_lme(Reaction ~ Days, list(Subject = pdDiag(~Days)), sleep),
  slope_without_intercept = by_lmer(Reaction ~ Days + (0 + Days | Subject), sleep, FALSE),
  growth_nlme = by_lme(distance ~ Sex * age, ~ 1 + age | Subject, orthodont),
  tiny_groups = by_lmer(mathach ~ ses + minority + sector + (1 | school), few),
  one_group_alone = by_lmer(mathach ~ ses + lone + (1 | school), few)
)

tests <- list(  # positions of the coefficients that are zero together
  cross_level = c(2, 7), categories = c(3, 4), categories_nlme_ml = c(4, 5), growth_nlme = c(2, 4),
  tiny_groups = c(2, 3)
)

one <- function(name) {
  fit <- fits[[name]]
  kinds <- c("CR0", "CR1", "CR1S", "CR2")
  found <- lapply(setNames(kinds, kinds), function(kind) {
    table <- coef_test(fit, vcov = kind, test = "Satterthwaite")
    interval <- conf_int(fit, vcov = kind, test = "Satterthwaite")
    list(
      se = table$SE, df = table$df_Satt, p = table$p_Satt,
      lower = interval$CI_L, upper = interval$CI_U
    )
  })
  beta <- if (inherits(fit, "lme")) fixef(fit) else lme4::fixef(fit)
  result <- list(terms = names(beta), beta = unname(beta), robust = found)
  result$vcov <- unclass(as.matrix(vcovCR(fit, type = "CR2")))[seq_along(beta), seq_along(beta)]
  if (!is.null(tests[[name]])) {
    test <- Wald_test(fit, constrain_zero(tests[[name]]), vcov = "CR2", test = "HTZ")
    result$test <- list(
      terms = tests[[name]], F = test$Fstat, df = test$df_num, df_residual = test$df_denom,
      p = test$p_val
    )
  }
  result
}

write_json(
  list(
    made_with = paste(
      R.version.string, "lme4", packageVersion("lme4"), "nlme", packageVersion("nlme"),
      "clubSandwich", packageVersion("clubSandwich")
    ),
    fits = lapply(setNames(names(fits), names(fits)), one)
  ),
  "tests/reference/club_sandwich.json", digits = 12, auto_unbox = TRUE, pretty = TRUE
)
