# Reference values for factor analysis, computed with R's factanal (version printed into the output), its optimiser tightened.
# factanal stops where the discrepancy no longer falls; its gradient is solved to rounding from there, and both are written down.
# Run: Rscript make_factor_analysis.R   (needs numDeriv and jsonlite; the data are R's own, from package datasets)
suppressMessages({library(jsonlite); library(numDeriv)})
tight <- list(nstart = 3, opt = list(factr = 1, pgtol = 0, maxit = 2000))
# The uniquenesses at which the gradient of the discrepancy in ln psi vanishes, and the discrepancy (Lawley & Maxwell 1971).
polish <- function(psi, r, m) {
  tail_of <- function(x) { s <- exp(-x / 2); eigen(s * t(r * s), symmetric = TRUE) }
  gradient <- function(x) { e <- tail_of(x); j <- -(1:m); as.numeric(e$vectors[, j]^2 %*% (1 - e$values[j])) }
  x <- log(psi)
  for (i in 1:20) { step <- solve(jacobian(gradient, x), gradient(x)); x <- x - step; if (max(abs(step)) < 1e-14) break }
  theta <- tail_of(x)$values[-(1:m)]
  list(uniquenesses = exp(x), discrepancy = sum(theta - 1 - log(theta)))
}
canonical <- function(psi, r, m) {
  e <- eigen(r / sqrt(outer(psi, psi)), symmetric = TRUE)
  l <- sqrt(psi) * e$vectors[, 1:m, drop = FALSE] %*% diag(sqrt(e$values[1:m] - 1), m)
  l %*% diag(ifelse(colSums(l) < 0, -1, 1), m)
}
ordered <- function(l) { l <- l[, order(-colSums(l^2)), drop = FALSE]; l %*% diag(ifelse(colSums(l) < 0, -1, 1), ncol(l)) }
rotations <- function(l) {
  v <- varimax(l, eps = 1e-15)
  p <- promax(v$loadings, m = 4)
  inverse <- solve(p$rotmat); phi <- inverse %*% t(inverse)
  o <- order(-colSums(unclass(p$loadings)^2)); s <- ifelse(colSums(unclass(p$loadings)) < 0, -1, 1)[o]
  list(varimax = ordered(unclass(v$loadings)), promax = ordered(unclass(p$loadings)), promax_correlations = phi[o, o] * outer(s, s))
}
one <- function(covmat, m) {
  f <- factanal(factors = m, covmat = covmat, rotation = "none", control = tight)
  r <- cov2cor(covmat$cov); polished <- polish(f$uniquenesses, r, m)
  l <- canonical(polished$uniquenesses, r, m)
  out <- list(factanal_uniquenesses = as.numeric(f$uniquenesses), factanal_statistic = as.numeric(f$STATISTIC), dof = f$dof,
              p_value = as.numeric(f$PVAL), uniquenesses = polished$uniquenesses, discrepancy = polished$discrepancy, loadings = l)
  if (m > 1) out <- c(out, rotations(l))
  out
}
scores <- function(x, m) {
  n <- nrow(x); r <- cor(x)
  f <- factanal(x, m, rotation = "none", control = tight)
  psi <- polish(f$uniquenesses, r, m)$uniquenesses; l <- canonical(psi, r, m); z <- scale(x)
  rot <- rotations(l)
  # As in factanal's `scores`.
  regression <- function(l, phi = diag(m)) z %*% solve(r, l) %*% phi
  bartlett <- function(l) { t1 <- t(l / psi); t(solve(t1 %*% l, t1 %*% t(z))) }
  same <- factanal(x, m, rotation = "none", scores = "regression", control = tight)$scores
  stopifnot(max(abs(abs(same) - abs(regression(l)))) < 1e-5)
  f005 <- factanal(x, 3, rotation = "none", control = tight)
  list(n = n, factors = m, uniquenesses = psi, loadings = l, regression = regression(l), bartlett = bartlett(l),
       regression_varimax = regression(rot$varimax), bartlett_varimax = bartlett(rot$varimax),
       regression_promax = regression(rot$promax, rot$promax_correlations), bartlett_promax = bartlett(rot$promax),
       three_factors_bounded = list(uniquenesses = as.numeric(f005$uniquenesses), statistic = as.numeric(f005$STATISTIC)))
}
write.csv(attitude, file.path("..", "data", "attitude.csv"), row.names = FALSE, quote = FALSE) # Chatterjee & Price (1977)
out <- list(
  ability = list(names = colnames(ability.cov$cov), n = ability.cov$n.obs, covariance = unname(ability.cov$cov),
                 one_factor = one(ability.cov, 1), two_factors = one(ability.cov, 2)),       # Smith & Stanley (1983)
  harman74 = list(names = colnames(Harman74.cor$cov), n = Harman74.cor$n.obs, correlation = unname(Harman74.cor$cov),
                  four_factors = one(Harman74.cor, 4)),                                        # Harman (1976)
  attitude = scores(as.matrix(attitude), 2), R = R.version.string)
out <- rapply(out, unname, how = "replace")
write_json(out, "factor_analysis.json", auto_unbox = TRUE, digits = NA, pretty = TRUE, matrix = "rowmajor")
