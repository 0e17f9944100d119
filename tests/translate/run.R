# Runs every script of a folder and prints what it estimated, one number a line:
# script|kind|name|name|value; a τ is of the kind tau@school
show <- function(script, kind, a, b, values) {
  cat(sprintf("%s|%s|%s|%s|%.12g\n", script, kind, a, b, values), sep = "")
}
for (script in list.files(pattern = "[.]R$")) {
  here <- new.env()
  invisible(capture.output(source(script, local = here)))
  model <- here$model
  if (inherits(model, "lme")) {
    gamma <- nlme::fixef(model)
    for (group in names(model$modelStruct$reStruct)) {
      tau <- model$sigma^2 * nlme::pdMatrix(model$modelStruct$reStruct[[group]])
      pairs <- which(upper.tri(tau, diag = TRUE) & tau != 0, arr.ind = TRUE)
      kind <- paste0("tau@", group)
      show(script, kind, rownames(tau)[pairs[, 1]], colnames(tau)[pairs[, 2]], tau[pairs])
    }
    show(script, "sigma2", "", "", model$sigma^2)
  } else if (inherits(model, "glmmTMB")) {
    gamma <- glmmTMB::fixef(model)$cond
    all <- glmmTMB::VarCorr(model)$cond
    for (number in seq_along(all)) {
      tau <- all[[number]]
      kind <- paste0("tau@", names(all)[number])
      pairs <- which(upper.tri(tau, diag = TRUE) & tau != 0, arr.ind = TRUE)
      show(script, kind, rownames(tau)[pairs[, 1]], colnames(tau)[pairs[, 2]], tau[pairs])
    }
    if (family(model)$family == "gaussian") show(script, "sigma2", "", "", sigma(model)^2)
  } else {
    gamma <- lme4::fixef(model)
    tau <- as.data.frame(lme4::VarCorr(model))
    rest <- tau$grp == "Residual"
    other <- ifelse(is.na(tau$var2), tau$var1, tau$var2)
    show(script, paste0("tau@", tau$grp[!rest]), tau$var1[!rest], other[!rest], tau$vcov[!rest])
    show(script, "sigma2", "", "", tau$vcov[rest])
  }
  show(script, "gamma", names(gamma), names(gamma), gamma)
  vcov <- if (inherits(model, "glmmTMB")) vcov(model)$cond else as.matrix(vcov(model))
  show(script, "se", names(gamma), names(gamma), sqrt(diag(vcov)))
  show(script, "criterion", "", "", -2 * as.numeric(logLik(model)))
}
