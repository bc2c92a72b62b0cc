# Gaussian mixtures by mclust, EM run to stagnation: Rscript make_gaussian_mixtures.R > gaussian_mixtures.json
suppressMessages({library(mclust); library(jsonlite)})
control <- emControl(tol = c(1e-15, 1e-15), itmax = c(100000, 100000))
put <- function(m) list(loglik = m$loglik, df = nMclustParams(m$modelName, m$d, m$G), weights = m$parameters$pro,
                        mean = t(m$parameters$mean), variance = if (m$d > 1) apply(m$parameters$variance$sigma, 3, c) else m$parameters$variance$sigmasq)
fit <- function(x, g, model, ...) Mclust(x, G = g, modelNames = model, control = control, verbose = FALSE, ...)
models <- c("EII", "VII", "EEI", "EVI", "VVI", "EEE", "EEV", "EVV", "VVV")
x <- as.matrix(iris[, 1:4]); out <- list(R = R.version.string, mclust = as.character(packageVersion("mclust")))
# From the species: from its own start mclust ends on lower maxima for VVI, EEV and EVV.
out$iris3 <- setNames(lapply(models, function(m) put(me(x, m, unmap(iris$Species), control = control))), models)
out$faithful2 <- setNames(lapply(models, function(m) put(fit(as.matrix(faithful), 2, m))), models)
out$faithful2_prior <- setNames(lapply(c("EEE", "VVV"), function(m) put(fit(as.matrix(faithful), 2, m, prior = priorControl()))), c("EEE", "VVV"))
cat(toJSON(out, auto_unbox = TRUE, digits = 17, matrix = "rowmajor"), "\n")
