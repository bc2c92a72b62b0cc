# Mixtures of two regressions on NPreg, an artificial data set of the R package flexmix (Leisch 2004), by flexmix, which divides
# the residual sums of its M-step by n - p: make_mixtures.py takes its estimates to the maximum of the likelihood itself.
# Run: Rscript make_mixtures.R   (needs flexmix); writes mixtures_flexmix.json here and npreg.csv into ../../examples/data.
suppressMessages(library(flexmix))
data("NPreg")
d <- NPreg[, c("x", "yn", "yb")]
write.csv(format(d, digits = 15, trim = TRUE), "../../examples/data/npreg.csv", row.names = FALSE, quote = FALSE)
d <- read.csv("../../examples/data/npreg.csv")
control <- list(minprior = 0, tolerance = 1e-12, iter.max = 5000)
fit <- function(concomitant) {
  set.seed(7)
  runs <- lapply(1:20, function(i) flexmix(yn ~ x + I(x^2), data = d, k = 2, concomitant = concomitant, control = control))
  m <- runs[[which.max(sapply(runs, function(run) as.numeric(logLik(run))))]]
  m <- relabel(m, order(parameters(m)[2, ])) # the flatter one first
  p <- parameters(m)
  w <- if (is(concomitant, "FLXPmultinom")) parameters(m, which = "concomitant")[, 2] else prior(m)[2]
  theta <- unname(c(p[, 1], p[, 2], w))
  sprintf('{"log_likelihood": %.17g, "estimates": [%s]}', as.numeric(logLik(m)),
          paste(sprintf("%.17g", theta), collapse = ", "))
}
cat(sprintf('{\n"software": "%s, flexmix %s",\n"constant": %s,\n"concomitant": %s\n}\n', R.version.string,
            packageVersion("flexmix"), fit(FLXPconstant()), fit(FLXPmultinom(~ yb))), file = "mixtures_flexmix.json")
