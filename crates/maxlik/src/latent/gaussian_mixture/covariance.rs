//! How the covariances of the components are related.
use std::fmt;

/// The family of covariances `Sigma_j = lambda_j D_j A_j D_j'`: volume `lambda_j = |Sigma_j|^(1/d)`, shape `A_j` (diagonal, of determinant
/// 1) and orientation `D_j` (orthogonal), each equal for all components, varying, or, for shape and orientation, the identity.
///
/// All families whose M-step has a closed form are here. In brackets their names in mclust: one letter each for volume, shape and
/// orientation, `E` equal, `V` varying, `I` identity.
///
/// # References
/// Banfield & Raftery, "Model-based Gaussian and non-Gaussian clustering" (1993); Celeux & Govaert, "Gaussian parsimonious clustering
/// models" (1995), table 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Covariance {
    /// Any covariance for each component (`VVV`). The default.
    #[default]
    Full,
    /// One covariance for all components (`EEE`).
    Tied,
    /// A diagonal covariance for each component (`VVI`).
    Diagonal,
    /// One diagonal covariance for all components (`EEI`).
    TiedDiagonal,
    /// A multiple of the identity for each component (`VII`).
    Spherical,
    /// One multiple of the identity for all components (`EII`).
    TiedSpherical,
    /// Diagonal covariances of equal volume (`EVI`).
    EqualVolumeDiagonal,
    /// Covariances of equal volume and shape, in different orientations (`EEV`).
    EqualShape,
    /// Covariances of equal volume (`EVV`).
    EqualVolume,
}

impl Covariance {
    /// All families, the more parsimonious ones first.
    pub const ALL: [Self; 9] = [
        Self::TiedSpherical,
        Self::Spherical,
        Self::TiedDiagonal,
        Self::EqualVolumeDiagonal,
        Self::Diagonal,
        Self::Tied,
        Self::EqualShape,
        Self::EqualVolume,
        Self::Full,
    ];

    /// The name in mclust.
    pub fn mclust_name(self) -> &'static str {
        match self {
            Self::Full => "VVV",
            Self::Tied => "EEE",
            Self::Diagonal => "VVI",
            Self::TiedDiagonal => "EEI",
            Self::Spherical => "VII",
            Self::TiedSpherical => "EII",
            Self::EqualVolumeDiagonal => "EVI",
            Self::EqualShape => "EEV",
            Self::EqualVolume => "EVV",
        }
    }

    /// The number of free coefficients of `k` covariances in `d` dimensions.
    ///
    /// # Formula
    /// Celeux & Govaert (1995), table 1, without those of weights and means.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// assert_eq!(Covariance::Full.coefficients(3, 4), 30);
    /// assert_eq!(Covariance::EqualShape.coefficients(3, 4), 4 + 3 * 6);
    /// ```
    pub fn coefficients(self, k: usize, d: usize) -> usize {
        let below = d * (d - 1) / 2;
        match self {
            Self::Full => k * (d + below),
            Self::Tied => d + below,
            Self::Diagonal => k * d,
            Self::TiedDiagonal => d,
            Self::Spherical => k,
            Self::TiedSpherical => 1,
            Self::EqualVolumeDiagonal => 1 + k * (d - 1),
            Self::EqualShape => d + k * below,
            Self::EqualVolume => 1 + k * (d - 1 + below),
        }
    }

    /// Whether the covariances are diagonal.
    pub fn is_diagonal(self) -> bool {
        self.mclust_name().ends_with('I')
    }

    /// Whether all components share one covariance.
    pub fn is_tied(self) -> bool {
        matches!(self, Self::Tied | Self::TiedDiagonal | Self::TiedSpherical)
    }
}

impl fmt::Display for Covariance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Full => "full",
            Self::Tied => "tied",
            Self::Diagonal => "diagonal",
            Self::TiedDiagonal => "tied diagonal",
            Self::Spherical => "spherical",
            Self::TiedSpherical => "tied spherical",
            Self::EqualVolumeDiagonal => "diagonal of equal volume",
            Self::EqualShape => "equal volume and shape",
            Self::EqualVolume => "equal volume",
        };
        write!(f, "{words} ({})", self.mclust_name())
    }
}
