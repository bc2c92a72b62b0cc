//! Categories in a design.
use std::borrow::Borrow;
use std::collections::HashSet;

use crate::aligned::Aligned;
use crate::factor::Factor;
use crate::{Design, ModelError};

impl Design {
    /// Adds a category by an indicator column for each of its levels but the first, which is the base that the intercept stands for:
    /// columns `name[level]` behind those that are there. `codes` gives the level of each row by its index.
    ///
    /// Up to four columns are stored as numbers where no category with more comes before. Others are kept as one code per row, and
    /// passes multiply no zeros: 201 levels take what seven columns of numbers take, beside twenty others what fourteen take
    /// (a logistic regression with Hessian, 10^6 rows, AVX-512).
    ///
    /// # Errors
    /// For another number of codes than rows, a code that is no index of a level, a level that no row has, fewer than two levels,
    /// and two columns of the same name.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::Design;
    /// struct Claim {
    ///     age: f64,
    ///     region: &'static str,
    /// }
    /// let claims = [
    ///     Claim { age: 31.0, region: "north" },
    ///     Claim { age: 47.0, region: "south" },
    ///     Claim { age: 52.0, region: "north" },
    /// ];
    /// let regions = ["south", "north"];
    /// let code = |claim: &Claim| regions.iter().position(|&region| region == claim.region).expect("a region");
    /// let design = Design::from_rows(&claims, ["(intercept)", "age"], |claim| [1.0, claim.age])?
    ///     .category("region", regions, claims.iter().map(code))?;
    /// assert_eq!(design.names(), ["(intercept)", "age", "region[north]"]);
    /// assert_eq!(design.matrix().column(2).as_slice(), [1.0, 0.0, 1.0]);
    /// # Ok::<(), maxlik_model::ModelError>(())
    /// ```
    pub fn category<Level: Into<String>, Code: Borrow<usize>>(
        self,
        name: &str,
        levels: impl IntoIterator<Item = Level>,
        codes: impl IntoIterator<Item = Code>,
    ) -> Result<Self, ModelError> {
        self.with_category(name, levels, codes, 1)
    }

    /// Adds a category by an indicator column for each of its levels, where there is no intercept; otherwise as
    /// [`Design::category`].
    ///
    /// # Errors
    /// As [`Design::category`]; one level will do.
    pub fn category_without_base<Level: Into<String>, Code: Borrow<usize>>(
        self,
        name: &str,
        levels: impl IntoIterator<Item = Level>,
        codes: impl IntoIterator<Item = Code>,
    ) -> Result<Self, ModelError> {
        self.with_category(name, levels, codes, 0)
    }

    /// A design of one category, with an indicator column for each of its levels; others may be added.
    ///
    /// # Errors
    /// As [`Design::category`]; one level will do.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::Design;
    /// let design = Design::from_category("region", ["north", "south"], [1, 0, 1])?;
    /// assert_eq!(design.names(), ["region[north]", "region[south]"]);
    /// assert_eq!(design.matrix().row(0).iter().copied().collect::<Vec<f64>>(), [0.0, 1.0]);
    /// # Ok::<(), maxlik_model::ModelError>(())
    /// ```
    pub fn from_category<Level: Into<String>, Code: Borrow<usize>>(
        name: &str,
        levels: impl IntoIterator<Item = Level>,
        codes: impl IntoIterator<Item = Code>,
    ) -> Result<Self, ModelError> {
        let codes: Vec<usize> = codes.into_iter().map(|code| *code.borrow()).collect();
        Self::of_blocks(Vec::new(), codes.len(), Aligned::zeros(0)).with_category(name, levels, codes, 0)
    }

    fn with_category<Level: Into<String>, Code: Borrow<usize>>(
        mut self,
        name: &str,
        levels: impl IntoIterator<Item = Level>,
        codes: impl IntoIterator<Item = Code>,
        base: usize,
    ) -> Result<Self, ModelError> {
        let levels: Vec<String> = levels.into_iter().map(Into::into).collect();
        let codes: Vec<usize> = codes.into_iter().map(|code| *code.borrow()).collect();
        if levels.len() <= base {
            return Err(ModelError::FewLevels { category: name.into(), expected: base + 1, found: levels.len() });
        }
        if codes.len() != self.rows() {
            return Err(ModelError::CategoryRows { category: name.into(), expected: self.rows(), found: codes.len() });
        }
        let mut counts = vec![0_usize; levels.len()];
        for (row, &code) in codes.iter().enumerate() {
            match counts.get_mut(code) {
                Some(count) => *count += 1,
                None => {
                    return Err(ModelError::UnknownLevel { row, category: name.into(), levels: levels.len(), code });
                }
            }
        }
        // Of no rows at all the model speaks.
        if !codes.is_empty()
            && let Some(level) = counts.iter().position(|&count| count == 0)
        {
            return Err(ModelError::EmptyLevel { category: name.into(), level: levels[level].clone() });
        }
        let mut names = self.names().to_vec();
        names.extend(levels[base..].iter().map(|level| format!("{name}[{level}]")));
        let mut different = HashSet::new();
        if let Some(twice) = names.iter().find(|name| !different.insert(*name)) {
            return Err(ModelError::DuplicateColumn { name: twice.clone() });
        }
        let columns = levels.len() - base;
        self.add_factor(names, Factor::new(columns, codes.iter().map(|code| code.checked_sub(base))));
        Ok(self)
    }
}
