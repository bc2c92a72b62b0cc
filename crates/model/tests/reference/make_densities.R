# R's values at the points of densities.csv, the second source. Made with R 4.2.2, base packages only.
# Usage, in this folder: Rscript make_densities.R     writes densities_r.csv
# source: "base" where R has the distribution (a shift, a scale or a logarithm of x at most are added by hand),
# "composed" where the value is put together here from other functions of base R.
options(digits = 17)

base_density <- list(
  bernoulli = function(k, p) dbinom(k, 1, p, log = TRUE),
  binomial = function(k, n, p) dbinom(k, n, p, log = TRUE),
  poisson = function(k, m) dpois(k, m, log = TRUE),
  geometric = function(k, p) dgeom(k, p, log = TRUE),
  negative_binomial = function(k, m, s) dnbinom(k, size = s, mu = m, log = TRUE),
  multinomial = function(k, ...) dmultinom(k, prob = c(...), log = TRUE),
  normal = function(x, m, s) dnorm(x, m, s, log = TRUE),
  log_normal = function(x, m, s) dlnorm(x, m, s, log = TRUE),
  student_t = function(x, m, s, nu) dt((x - m) / s, nu, log = TRUE) - log(s),
  logistic = function(x, m, s) dlogis(x, m, s, log = TRUE),
  log_logistic = function(x, s, c) dlogis(log(x), log(s), 1 / c, log = TRUE) - log(x),
  cauchy = function(x, m, s) dcauchy(x, m, s, log = TRUE),
  uniform = function(x, a, b) dunif(x, a, b, log = TRUE),
  exponential = function(x, r) dexp(x, r, log = TRUE),
  gamma = function(x, a, r) dgamma(x, a, rate = r, log = TRUE),
  inverse_gamma = function(x, a, s) dgamma(1 / x, a, rate = s, log = TRUE) - 2 * log(x),
  weibull = function(x, c, s) dweibull(x, c, s, log = TRUE),
  rayleigh = function(x, s) dweibull(x, 2, s * sqrt(2), log = TRUE),
  pareto = function(x, m, a) dexp(log1p((x - m) / m), a, log = TRUE) - log(x),
  chi_squared = function(x, nu) dchisq(x, nu, log = TRUE),
  f = function(x, a, b) df(x, a, b, log = TRUE),
  beta = function(x, a, b) dbeta(x, a, b, log = TRUE)
)

log_sum <- function(v) max(v) + log(sum(exp(v - max(v))))
hazard <- function(x, s, c) if (c == 0) x / s else log1p(c * x / s) / c

composed_density <- list(
  beta_binomial = function(k, n, a, b) lchoose(n, k) + lbeta(k + a, n - k + b) - lbeta(a, b),
  categorical = function(k, ...) log(c(...)[k + 1]),
  zero_inflated_poisson = function(k, z, m)
    if (k == 0) log(z + (1 - z) * dpois(0, m)) else log1p(-z) + dpois(k, m, log = TRUE),
  hurdle_poisson = function(k, z, m)
    if (k == 0) log(z) else log1p(-z) + dpois(k, m, log = TRUE) - ppois(0, m, lower.tail = FALSE, log.p = TRUE),
  laplace = function(x, m, s) dexp(abs(x - m) / s, log = TRUE) - log(2 * s),
  gumbel = function(x, m, s) dexp(exp(-(x - m) / s), log = TRUE) - (x - m) / s - log(s),
  skew_normal = function(x, m, s, a) log(2) + dnorm(x, m, s, log = TRUE) + pnorm(a * (x - m) / s, log.p = TRUE),
  inverse_gaussian = function(x, m, s) dnorm((x - m) / m, 0, sqrt(x / s), log = TRUE) - log(x),
  generalized_pareto = function(x, s, c) -log(s) - (1 + c) * hazard(x, s, c),
  gev = function(x, m, s, c) { y <- hazard(x - m, s, c); -log(s) - (1 + c) * y - exp(-y) },
  kumaraswamy = function(x, a, b) dbeta(x^a, 1, b, log = TRUE) + log(a) + (a - 1) * log(x),
  von_mises = function(x, m, k) k * (cos(x - m) - 1) - log(2 * pi * besselI(k, 0, expon.scaled = TRUE)),
  tweedie = function(y, m, d, p) {
    rate <- m^(2 - p) / (d * (2 - p))
    if (y == 0) return(dpois(0, rate, log = TRUE))
    n <- 1:50000
    log_sum(dpois(n, rate, log = TRUE) + dgamma(y, n * (2 - p) / (p - 1), scale = d * (p - 1) * m^(p - 1), log = TRUE))
  },
  multivariate_normal = function(x, ...) {
    p <- c(...); d <- length(x); u <- matrix(0, d, d)
    u[upper.tri(u, diag = TRUE)] <- p[-(1:d)]   # row by row in L is column by column in its transpose
    sum(dnorm(forwardsolve(t(u), x - p[1:d]), log = TRUE)) - sum(log(diag(u)))
  },
  dirichlet = function(x, ...) { a <- c(...); lgamma(sum(a)) - sum(lgamma(a)) + sum((a - 1) * log(x)) }
)

# the logarithm of the lower (TRUE) or the upper tail
base_tail <- list(
  binomial = function(k, l, n, p) pbinom(k, n, p, l, TRUE),
  poisson = function(k, l, m) ppois(k, m, l, TRUE),
  geometric = function(k, l, p) pgeom(k, p, l, TRUE),
  negative_binomial = function(k, l, m, s) pnbinom(k, size = s, mu = m, lower.tail = l, log.p = TRUE),
  normal = function(x, l, m, s) pnorm(x, m, s, l, TRUE),
  log_normal = function(x, l, m, s) plnorm(x, m, s, l, TRUE),
  student_t = function(x, l, m, s, nu) pt((x - m) / s, nu, lower.tail = l, log.p = TRUE),
  logistic = function(x, l, m, s) plogis(x, m, s, l, TRUE),
  log_logistic = function(x, l, s, c) plogis(log(x), log(s), 1 / c, l, TRUE),
  cauchy = function(x, l, m, s) pcauchy(x, m, s, l, TRUE),
  uniform = function(x, l, a, b) punif(x, a, b, l, TRUE),
  exponential = function(x, l, r) pexp(x, r, l, TRUE),
  gamma = function(x, l, a, r) pgamma(x, a, rate = r, lower.tail = l, log.p = TRUE),
  inverse_gamma = function(x, l, a, s) pgamma(1 / x, a, rate = s, lower.tail = !l, log.p = TRUE),
  weibull = function(x, l, c, s) pweibull(x, c, s, l, TRUE),
  rayleigh = function(x, l, s) pweibull(x, 2, s * sqrt(2), l, TRUE),
  pareto = function(x, l, m, a) pexp(log1p((x - m) / m), a, l, TRUE),
  chi_squared = function(x, l, nu) pchisq(x, nu, lower.tail = l, log.p = TRUE),
  f = function(x, l, a, b) pf(x, a, b, lower.tail = l, log.p = TRUE),
  beta = function(x, l, a, b) pbeta(x, a, b, lower.tail = l, log.p = TRUE)
)

composed_tail <- list(
  laplace = function(x, l, m, s)
    if ((x < m) == l) -abs(x - m) / s - log(2) else log1p(-exp(-abs(x - m) / s) / 2),
  gumbel = function(x, l, m, s) pexp(exp(-(x - m) / s), 1, !l, TRUE),
  inverse_gaussian = function(x, l, m, s) {
    near <- pnorm(sqrt(s / x) * (x / m - 1), lower.tail = l, log.p = TRUE)
    other <- 2 * s / m + pnorm(-sqrt(s / x) * (x / m + 1), log.p = TRUE)
    near + log1p((if (l) 1 else -1) * exp(other - near))
  },
  generalized_pareto = function(x, l, s, c) pexp(hazard(x, s, c), 1, l, TRUE),
  gev = function(x, l, m, s, c) pexp(exp(-hazard(x - m, s, c)), 1, !l, TRUE),
  kumaraswamy = function(x, l, a, b) pbeta(x^a, 1, b, lower.tail = l, log.p = TRUE)
)

table <- read.csv("densities.csv", colClasses = "character")
out <- file("densities_r.csv", "w")
writeLines("distribution,function,x,parameters,value,source", out)
for (i in seq_len(nrow(table))) {
  row <- table[i, ]
  x <- as.numeric(strsplit(row$x, ";")[[1]])
  p <- as.list(as.numeric(strsplit(row$parameters, ";")[[1]]))
  name <- row$distribution
  source <- if (name %in% names(base_density)) "base" else "composed"
  f <- function(part) get(paste0(source, "_", part))[[name]]
  value <- suppressWarnings(switch(row$function.,
    ln_pdf = , ln_pmf = do.call(f("density"), c(list(x), p)),
    ln_cdf = do.call(f("tail"), c(list(x, TRUE), p)),
    ln_sf = do.call(f("tail"), c(list(x, FALSE), p))))
  if (is.null(value)) next
  writeLines(sprintf("%s,%s,%s,%s,%.17g,%s", name, row$function., row$x, row$parameters, value, source), out)
}
close(out)
